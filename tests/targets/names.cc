// SPDX-License-Identifier: MIT
/** Crashes in functions with names that only C++ has. */
static int *volatile nowhere = (int *)16;
static volatile int calls;

namespace {
void hidden(int value) {
    *nowhere = value;
    calls = calls + 1;
}
} // namespace

namespace shop {
template <class T> struct Box {
    T content;
    void open(const T &key) {
        hidden(key + content);
        calls = calls + 1;
    }
    bool operator<(const Box &other) {
        open(other.content);
        return calls > 0;
    }
    operator int() {
        bool less = *this < *this;
        calls = calls + 1;
        return less;
    }
};

template <class F> int apply(const F &function) {
    int result = function(1);
    calls = calls + 1;
    return result;
}
} // namespace shop

int main() {
    return shop::apply([](int value) {
        shop::Box<int> box = {value};
        int number = box;
        calls = calls + 1;
        return number;
    });
}
