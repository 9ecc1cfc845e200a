/* A private PostgreSQL for one test program: made by initdb in a temporary directory, reached over
 * a unix socket only, without fsync, gone with the program (also when the program dies).
 *
 * As root it runs under the user `postgres`, because the server refuses to be root. Not for
 * measuring. Threads: one. */
#ifndef SUPPORT_POSTGRES_H
#define SUPPORT_POSTGRES_H

#include <stdbool.h>
#include <sys/types.h>

struct test_postgres {
    char dir[64];
    char uri[160]; /* database "test", any libpq call takes it */
    pid_t pid;
};

/* Ready for connections on return; false (with the reason on standard error) when PostgreSQL is not
 * installed or does not start. */
bool test_postgres_start(struct test_postgres *p);
/* Kills the server at once, as a power cut would (the data stay), and starts it again. */
void test_postgres_kill(struct test_postgres *p);
bool test_postgres_restart(struct test_postgres *p);
/* Creates an empty database beside "test" and writes its URI. */
bool test_postgres_database(struct test_postgres *p, const char *name, char *ret_uri,
                            size_t capacity);
/* Ends the server and removes its files. */
void test_postgres_stop(struct test_postgres *p);

#endif
