/* Who is acting and what they may do: the one place where rights are decided.
 *
 * A struct access pairs an actor with a snapshot and lives as long as the request that made it (its
 * texts and lists are in the request's arena). Row rules are expressions that the query compiler
 * injects and that access_allows evaluates; they come from one definition, so list, filter, search,
 * export and live feed agree. Nobody (user 0, no role) may do nothing. Threads: one request. */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include "schema/schema.h"

/* X(ENUM, word): how the actor came in; stored in the log. */
#define ACCESS_DOORS(X)                                                                            \
    X(REST, "rest")                                                                                \
    X(WEB, "web")                                                                                  \
    X(IMPORT, "import") X(SCRIPT, "script") X(JOB, "job") X(CLI, "cli") X(MIGRATION, "migration")

enum access_door {
#define ACCESS_DOOR_ENUM(name, word) ACCESS_DOOR_##name,
    ACCESS_DOORS(ACCESS_DOOR_ENUM)
#undef ACCESS_DOOR_ENUM
        ACCESS_DOOR_COUNT
};
const char *access_door_word(enum access_door door);

struct actor {
    int64_t user; /* 0 = nobody; ACTOR_SYSTEM = the built-in user */
    struct str login;
    int64_t team;             /* 0 = none */
    const struct value *tree; /* own team and all below, VALUE_ID, sorted */
    size_t tree_count;
    struct str role; /* name; empty = none */
    bool system;     /* may everything, is not a person */
    enum language language;
    struct str zone; /* for display only */
    enum access_door door;
    int64_t watcher; /* who looks with these rights and may write nothing; 0 = nobody does */
};
enum { ACTOR_SYSTEM = 1 };

struct access {
    const struct schema *schema; /* borrowed from the request's reference */
    struct actor actor;
    const struct schema_role *role; /* NULL = no rights, unless actor.system */
};

void access_init(struct access *a, const struct schema *schema, const struct actor *actor);
/* The rule for the rows of `e` under `action`: NULL = none at all; literal true = every row. For a
 * child entity the rule of its parent, seen through the parent reference (update of the parent for
 * create, update and delete of the child). */
const struct expr *access_rows(const struct access *a, enum schema_action action,
                               const struct schema_entity *e);
bool access_is_all(const struct expr *rows); /* literal true */
bool access_entity_visible(const struct access *a, const struct schema_entity *e);
bool access_field_visible(const struct access *a, const struct schema_entity *e,
                          const struct schema_field *f);
bool access_field_writable(const struct access *a, const struct schema_entity *e,
                           const struct schema_field *f);
/* Everything in every record: the role of administrators, and the system itself. */
bool access_is_admin(const struct access *a);
bool access_permits(
    const struct access *a,
    const char *permission); /* "import", "undo", "settings", "schema", "users", "log", "scripts" */
/* Has the caller each permission of the role named `role`? Who gives a role, or acts in the place
 * of one who has it, must; only administrators cover administrators. An unknown role permits
 * nothing. */
bool access_covers(const struct access *a, struct str role);
/* Does the rule hold for a record at hand? `get` reads the record's paths (unrestricted). */
crm_status access_allows(const struct access *a, enum schema_action action,
                         const struct schema_entity *e, const struct expr_env *env, bool *ret,
                         struct err *err);
/* Scope in which this caller's expressions are checked: hidden entities and fields do not exist. */
struct access_scope {
    struct schema_scope schema_scope;
    const struct access *access;
};
struct expr_scope access_expr_scope(struct access_scope *storage, const struct access *a,
                                    const struct schema_entity *e);

#endif
