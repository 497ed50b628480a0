#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs in other languages: what asks the C library for memory fails, exactly; where
# nothing can fail, that is told.
# shellcheck source=tests/tap.sh
. "${0%/*}/../../tap.sh"

# fails_third SIZE: each third allocation of that size.
fails_third() {
    rule "\"every\":3,\"size\":{\"min\":$1,\"max\":$1}"
}

if have python3; then
    cat >program.py <<'END'
def get():
    try:
        return bytearray(5000000) and "."
    except MemoryError:
        return "!"
print("".join(get() for i in range(9)))
END
    is "Python: a large object is a MemoryError" \
        "$(under "$(rule '"size":{"min":5000000,"max":5000100},"every":3')" \
            python3 program.py)" '..!..!..!'
else
    skip "Python" "not installed"
fi

if [ -n "${MF_FULL:-}" ] && have rustc; then
    cat >program.rs <<'END'
fn main() {
    for _ in 0..9 {
        let mut bytes: Vec<u8> = Vec::new();
        print!("{}", if bytes.try_reserve_exact(4321).is_ok() { "." } else { "!" });
        std::hint::black_box(&mut bytes);
    }
    println!("");
    let bytes: Vec<u8> = Vec::with_capacity(8765);
    std::hint::black_box(&bytes);
}
END
    ok "Rust: a program is built" rustc -g -o rust program.rs
    is "Rust: try_reserve tells" "$(under "$(fails_third 4321)" ./rust)" '..!..!..!'
    says 134 'memory allocation of 8765 bytes failed' "Rust: other failures are an abort" \
        under "$(rule '"size":{"min":8765,"max":8765}')" ./rust
else
    skip "Rust" "not installed, or only by ./bootstrap check --full"
fi

if [ -n "${MF_FULL:-}" ] && have go; then
    GOCACHE=$PWD/cache GOFLAGS=-mod=mod
    export GOCACHE GOFLAGS
    cat >pure.go <<'END'
package main

func main() { println("pure") }
END
    cat >mixed.go <<'END'
package main

// #include <stdlib.h>
import "C"
import "fmt"

func main() {
	for i := 0; i < 9; i++ {
		block := C.calloc(1, 4321)
		if block == nil {
			fmt.Print("!")
		} else {
			fmt.Print(".")
		}
		C.free(block)
	}
	fmt.Println()
}
END
    ok "Go: a program is built" go build -o pure pure.go
    says 125 'linked statically' "Go: one of Go alone is static, and refused" \
        under "$NEVER" ./pure
    says 125 'linked statically' "Go: nor can it be explored" "$MF_RUN" -o found -- ./pure
    ok "Go: one with C is built" go build -o mixed mixed.go
    is "Go: what C allocates fails" "$(under "$(fails_third 4321)" ./mixed)" '..!..!..!'
else
    skip "Go" "not installed, or only by ./bootstrap check --full"
fi
plan
