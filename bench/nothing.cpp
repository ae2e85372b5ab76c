// A program that loads what the command line loads, and does nothing: what startup.py compares with.

int main() { return 0; }
