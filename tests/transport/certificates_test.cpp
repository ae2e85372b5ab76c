#include "transport/certificates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "transport/temporary_folder.hpp"
#include "transport/variable.hpp"

namespace klinekeep::transport {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kDebian = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* kFedora = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";

TEST(Certificates, WhoNamesAFile) {
  const struct {
    const char* ca_file;
    const char* ssl_cert_file;
    const char* curl_ca_bundle;
    const char* path;  // null: nobody
    const char* named_by;
  } cases[] = {
      {"a", "b", "c", "a", "ca_file"},
      {"a", nullptr, nullptr, "a", "ca_file"},
      {"", "b", "c", "b", "SSL_CERT_FILE"},
      {"", "b", nullptr, "b", "SSL_CERT_FILE"},
      {"", "", "c", "c", "CURL_CA_BUNDLE"},
      {"", nullptr, "c", "c", "CURL_CA_BUNDLE"},
      {"", "", "", nullptr, ""},
      {"", nullptr, nullptr, nullptr, ""},
  };
  for (const auto& [ca_file, ssl_cert_file, curl_ca_bundle, path, named_by] : cases) {
    const Variable openssl{"SSL_CERT_FILE", ssl_cert_file};
    const Variable curl{"CURL_CA_BUNDLE", curl_ca_bundle};
    const auto named = named_certificates(ca_file);
    ASSERT_EQ(named.has_value(), path != nullptr);
    if (!named) continue;
    EXPECT_EQ(named->path, path);
    EXPECT_EQ(named->named_by, named_by);
  }
}

TEST(Certificates, TheFirstPlaceThatCanBeRead) {
  const std::vector<std::string> places = certificate_places();
  const std::map<std::string, std::string> systems{
      {"Debian", kDebian},
      {"Fedora", kFedora},
      {"RHEL, older", "/etc/pki/tls/certs/ca-bundle.crt"},
      {"SUSE", "/etc/ssl/ca-bundle.pem"},
      {"Alpine", "/etc/ssl/cert.pem"},
      {"OpenSSL of Debian", "/usr/lib/ssl/cert.pem"},
  };
  for (const auto& [system, only] : systems) {
    const auto chosen =
        choose_certificates(std::nullopt, places, [&only = only](const std::string& path) { return path == only; });
    ASSERT_TRUE(chosen) << system << ": " << chosen.error();
    EXPECT_EQ(chosen->path, only);
    EXPECT_EQ(chosen->named_by, "");
  }
  const auto first = choose_certificates(std::nullopt, {"x", "y", "z"}, [](const std::string& p) { return p != "x"; });
  EXPECT_EQ(first.value().path, "y");
}

TEST(Certificates, NoPlaceIsLookedAtTwice) {
  const std::vector<std::string> places = certificate_places();
  EXPECT_EQ(std::set(places.begin(), places.end()).size(), places.size());
}

TEST(Certificates, NothingStandsInForAFileThatIsNamed) {
  const auto all_but = [](const std::string& path) { return path != "/gone.pem"; };
  const auto good = choose_certificates(CertificateFile{"/own.pem", "ca_file"}, {kDebian}, all_but);
  EXPECT_EQ(good.value().path, "/own.pem");
  const auto bad = choose_certificates(CertificateFile{"/gone.pem", "SSL_CERT_FILE"}, {kDebian}, all_but);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), "the file of trusted TLS certificates '/gone.pem', which SSL_CERT_FILE names, cannot be read");
}

TEST(Certificates, WhereThereIsNoneItIsSaidWhatToDo) {
  const auto none = choose_certificates(std::nullopt, {kDebian, kFedora}, [](const std::string&) { return false; });
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error(), AllOf(HasSubstr("SSL_CERT_FILE"), HasSubstr("install the package ca-certificates"),
                                  HasSubstr(kDebian), HasSubstr(kFedora)));
}

TEST(Certificates, AFolderOrWhatIsNotThereIsNoReadableFile) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "some.pem";
  EXPECT_FALSE(is_readable_file(file));
  EXPECT_FALSE(is_readable_file(folder.path()));
  EXPECT_FALSE(is_readable_file(""));
  std::ofstream{file} << "x";
  EXPECT_TRUE(is_readable_file(file));
  if (::geteuid() == 0) return;  // root may read all
  ::chmod(file.c_str(), 0);
  EXPECT_FALSE(is_readable_file(file));
}

}  // namespace
}  // namespace klinekeep::transport
