/* One fuzz target a program: bytes from outside go in, and whatever they are, nothing breaks and
 * what the target says must hold, holds. Built with libFuzzer where the compiler has it
 * (PERIGEE_FUZZ), else with runner.c, which plays the seeds and their neighbours. Threads: one. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What must hold; a fuzzer keeps the input that ends here. */
#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
