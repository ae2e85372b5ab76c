#include "memory/page_stock.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace klinekeep {
namespace {

constexpr std::size_t kBlock = PageStock::kBlock;
constexpr std::size_t kRegion = 20 * kBlock;

/// Each word tells where it was written, and by whom.
void fill(std::byte* begin, std::size_t size, std::uint64_t who, std::size_t from = 0) {
  for (std::size_t at = from; at < size; at += 512) {
    const std::uint64_t word = who << 32U | at;
    std::memcpy(begin + at, &word, sizeof word);
  }
}

bool holds(const std::byte* begin, std::size_t from, std::size_t to, std::uint64_t who) {
  for (std::size_t at = from; at < to; at += 512) {
    const std::uint64_t word = who << 32U | at;
    if (std::memcmp(begin + at, &word, sizeof word) != 0) return false;
  }
  return true;
}

TEST(PageStock, ARegionCanBeUsedAsItIs) {
  PageStock stock;
  std::byte* const region = stock.make(kRegion + 1);
  fill(region, kRegion + 1, 1);
  EXPECT_TRUE(holds(region, 0, kRegion + 1, 1));
  stock.end(region);
}

TEST(PageStock, KeepsWhatWasLaidOutAndHandsItsPagesOn) {
  PageStock stock;
  std::byte* const first = stock.make(kRegion);
  stock.lay_out(first, 0, 3 * kBlock - 1);
  fill(first, 3 * kBlock, 1);
  EXPECT_EQ(stock.kept(), 0);
  stock.end(first);
  EXPECT_EQ(stock.kept(), 3 * kBlock);

  std::byte* const second = stock.make(kRegion);
  stock.lay_out(second, 0, kBlock);
  EXPECT_EQ(stock.kept(), 2 * kBlock);
  EXPECT_TRUE(holds(second, 0, kBlock, 1) || holds(second - kBlock, kBlock, 2 * kBlock, 1) ||
              holds(second - 2 * kBlock, 2 * kBlock, 3 * kBlock, 1))
      << "the pages are others";
  stock.lay_out(second, 0, 4 * kBlock);
  EXPECT_EQ(stock.kept(), 0);
  fill(second, kRegion, 2);
  EXPECT_TRUE(holds(second, 0, kRegion, 2));
  stock.end(second);
}

TEST(PageStock, LaysOutNoMoreThanThereIsAndNothingTwice) {
  PageStock stock;
  std::byte* const region = stock.make(kRegion);
  stock.lay_out(region, 0, 10 * kRegion);
  fill(region, kRegion, 1);
  stock.lay_out(region, 0, kRegion);
  stock.lay_out(region, kRegion, 1);
  EXPECT_TRUE(holds(region, 0, kRegion, 1));
  stock.end(region);
  EXPECT_EQ(stock.kept(), kRegion);
}

TEST(PageStock, TakesTheFrontOfARegionInUse) {
  PageStock stock;
  std::byte* const region = stock.make(kRegion);
  stock.lay_out(region, 0, kRegion);
  fill(region, kRegion, 1);
  stock.take_front(region, 5 * kBlock + 1);
  stock.take_front(region, 2 * kBlock);
  EXPECT_EQ(stock.kept(), 4 * kBlock) << "all but the first, and what is not whole";
  EXPECT_TRUE(holds(region, 5 * kBlock, kRegion, 1));
  stock.end(region);
  EXPECT_EQ(stock.kept(), kRegion);
}

/// Pages that left a region leave a hole, where the system may put another one.
TEST(PageStock, TheEndOfARegionTouchesNothingThatLiesWhereItsFrontWas) {
  PageStock stock;
  constexpr std::size_t kLarge = 10 * kRegion;
  std::byte* const old = stock.make(kLarge);
  stock.lay_out(old, 0, kLarge);
  stock.take_front(old, kLarge);
  std::byte* const taker = stock.make(kLarge);
  stock.lay_out(taker, 0, kLarge - kBlock);
  fill(taker, kLarge, 1);
  std::array<std::byte*, 32> regions{};
  for (std::size_t i = 0; i < regions.size(); ++i) {
    regions[i] = stock.make(kRegion / 4);
    fill(regions[i], kRegion / 4, i + 2);
  }
  EXPECT_TRUE(std::ranges::any_of(regions, [&](const std::byte* it) { return it > old && it < old + kLarge; }))
      << "the system put nothing there: this test shows nothing";
  stock.end(old);
  EXPECT_TRUE(holds(taker, 0, kLarge, 1));
  for (std::size_t i = 0; i < regions.size(); ++i) {
    EXPECT_TRUE(holds(regions[i], 0, kRegion / 4, i + 2));
    stock.end(regions[i]);
  }
  stock.end(taker);
}

TEST(PageStock, WhatWasNotLaidOutGoesBackToTheSystem) {
  PageStock stock;
  std::byte* const region = stock.make(kRegion);
  stock.lay_out(region, 0, kBlock);
  unsigned char resident = 0;
  EXPECT_EQ(::mincore(region + kBlock, 1, &resident), 0);
  stock.end(region);
  EXPECT_EQ(::mincore(region, 1, &resident), 0);
  EXPECT_EQ(::mincore(region + kBlock, 1, &resident), -1);
}

TEST(PageStock, KeepsNoMoreThanItMay) {
  PageStock stock;
  std::byte* const region = stock.make(kRegion);
  stock.lay_out(region, 0, kRegion);
  stock.keep_at_most(8 * kBlock - 1);
  stock.end(region);
  EXPECT_EQ(stock.kept(), 7 * kBlock);
  stock.keep_at_most(2 * kBlock);
  EXPECT_EQ(stock.kept(), 2 * kBlock);
  stock.keep_at_most(0);
  EXPECT_EQ(stock.kept(), 0);
}

TEST(PageStock, NeverLaysOutOverWhatIsUsed) {
  PageStock stock;
  std::byte* const region = stock.make(kRegion);
  stock.lay_out(region, 0, kBlock);
  fill(region, 5 * kBlock + 512, 1);
  stock.lay_out(region, 5 * kBlock + 512, kRegion);
  EXPECT_TRUE(holds(region, 0, 5 * kBlock + 512, 1));
  stock.end(region);
}

/// Whatever happens to others, a region holds what was written into what of it is in use.
TEST(PageStock, RegionsKeepTheirContentInAnyOrderOfEvents) {
  struct Model {
    std::byte* begin;
    std::size_t size;
    std::size_t from;
    std::size_t filled;
    std::uint64_t who;
  };
  std::mt19937 random{1};
  const auto below = [&](std::size_t n) {
    return 512 * std::uniform_int_distribution<std::size_t>{0, n / 512}(random);
  };
  PageStock stock;
  std::vector<Model> models;
  for (std::uint64_t event = 1; event < 5'000; ++event) {
    if (models.size() < 4 || (models.size() < 12 && below(2 * 512) == 0)) {
      const std::size_t size = 512 + below(kRegion);
      models.push_back({stock.make(size), size, 0, 0, event});
      continue;
    }
    const std::size_t chosen = event % models.size();
    Model& model = models[chosen];
    ASSERT_TRUE(holds(model.begin, model.from, model.filled, model.who)) << event;
    switch (below(std::size_t{5} * 512) / 512) {
      case 0:
        stock.keep_at_most(below(40 * kBlock));
        break;
      case 1:
        stock.lay_out(model.begin, model.filled, below(model.size));
        break;
      case 2:
        model.from = std::max(model.from, below(model.filled));
        stock.take_front(model.begin, model.from);
        break;
      case 3:
        stock.end(model.begin);
        models.erase(models.begin() + static_cast<std::ptrdiff_t>(chosen));
        break;
      default:
        model.filled = std::max(model.filled, below(model.size));
        fill(model.begin, model.filled, model.who, model.from);
    }
  }
  for (const Model& model : models) stock.end(model.begin);
}

TEST(PageStock, ThreadsHandPagesToEachOther) {
  PageStock stock;
  stock.keep_at_most(2 * kRegion);
  std::array<bool, 4> good{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < good.size(); ++thread) {
      threads.emplace_back([&, thread] {
        bool all = true;
        for (int round = 0; round < 50; ++round) {
          std::byte* const region = stock.make(kRegion);
          stock.lay_out(region, 0, kRegion / 2);
          fill(region, kRegion, thread);
          stock.take_front(region, kRegion / 4);
          all = all && holds(region, kRegion / 4, kRegion, thread);
          stock.end(region);
        }
        good[thread] = all;
      });
    }
  }
  EXPECT_EQ(good, (std::array<bool, 4>{true, true, true, true}));
}

constexpr std::size_t kManyValues = PageStock::kMinRegion / sizeof(double);

TEST(StockAllocator, GrowsFromTheHeapIntoTheStockAndOn) {
  const auto stock = std::make_shared<PageStock>();
  std::vector<double, StockAllocator<double>> column{StockAllocator<double>{stock}};
  for (std::size_t row = 0; row < 3 * kManyValues; ++row) column.push_back(static_cast<double>(row));
  for (std::size_t row = 0; row < 3 * kManyValues; ++row) ASSERT_EQ(column[row], static_cast<double>(row));
}

TEST(StockAllocator, AStringLosesItsFront) {
  const auto stock = std::make_shared<PageStock>();
  StockString bytes{StockAllocator<char>{stock}};
  bytes.reserve(2 * PageStock::kMinRegion);
  lay_out(bytes, 2 * PageStock::kMinRegion);
  bytes.assign(2 * PageStock::kMinRegion, 'x');
  let_go_of_front(bytes, PageStock::kMinRegion);
  EXPECT_EQ(stock->kept(), PageStock::kMinRegion - kBlock);
  EXPECT_EQ(std::string_view{bytes}.substr(PageStock::kMinRegion), std::string(PageStock::kMinRegion, 'x'));
  bytes = StockString{};
  EXPECT_GE(stock->kept(), 2 * PageStock::kMinRegion);

  StockString small{"short", StockAllocator<char>{stock}};
  let_go_of_front(small, 5);
  EXPECT_EQ(small, "short");
}

}  // namespace
}  // namespace klinekeep
