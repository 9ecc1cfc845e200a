/* PostgreSQL for one test program: databases on the server that all tests share
 * (tests/support/postgres starts it at the first use and ends it after the last), or a server of
 * one's own, for tests that stop it. Without fsync, over a unix socket only; not for measuring.
 *
 * Every wait has a limit and says what it waited for. Threads: one. */
#ifndef SUPPORT_POSTGRES_H
#define SUPPORT_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct test_postgres {
    char dir[96];          /* of the socket */
    char uri[192];         /* an own server's database "test", any libpq call takes it */
    pid_t pid;             /* 0: shared, or stopped */
    pid_t owner;           /* the process that may end it: not its forks */
    bool shared;           /* databases are named for this process */
    struct pg_conn *admin; /* shared: owned, and what keeps the server */
};

/* Ready for connections on return; false (with the reason on standard error) when PostgreSQL is not
 * installed or does not start. */
bool test_postgres_join(struct test_postgres *p);
bool test_postgres_start(struct test_postgres *p);
/* Kills the own server at once, as a power cut would (the data stay), and starts it again. */
void test_postgres_kill(struct test_postgres *p);
bool test_postgres_restart(struct test_postgres *p);
/* Creates an empty database and writes its URI; drop removes it, whoever is connected. */
bool test_postgres_database(struct test_postgres *p, const char *name, char *ret_uri,
                            size_t capacity);
/* The same as a copy of a database made before, to which nobody may be connected now. */
bool test_postgres_copy(struct test_postgres *p, const char *from, const char *name, char *ret_uri,
                        size_t capacity);
void test_postgres_drop(struct test_postgres *p, const char *name);
/* Leaves the shared server with this process's databases gone, or ends the own one and removes its
 * files. */
void test_postgres_stop(struct test_postgres *p);

#endif
