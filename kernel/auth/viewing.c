/* See viewing.h. Rows of sys_sign_in: an outcome of their own, the target in place of the login. */
#include "auth/viewing.h"

#include "access/access.h"
#include "auth/messages.h"
#include "auth/sign_in.h"
#include "base/id.h"
#include "base/time.h"
#include "store/sys_tables.h"

enum { TARGET_MAX = 200 };

struct target {
    int64_t user;    /* 0: a role */
    struct str role; /* its name */
};

static bool target_read(const struct schema *schema, struct str text, struct target *ret) {
    struct str kind, rest = text;
    *ret = (struct target){.user = 0};
    if (text.len > TARGET_MAX || !str_split(&rest, ':', &kind)) return false;
    if (str_is(kind, "user")) return id_parse(rest, &ret->user) && ret->user != ACTOR_SYSTEM;
    ret->role = rest;
    return str_is(kind, "role") && schema_role_find(schema, rest) != NULL;
}

static bool is_admin(const struct schema *schema, const struct actor *actor) {
    struct access access;
    access_init(&access, schema, actor);
    return access.role && access.role->admin;
}

/* ---- beginning ------------------------------------------------------------------------------- */

struct beginning {
    struct auth *auth;
    int64_t admin, now_ms;
    const struct viewing *viewing;
};

static crm_status write_beginning(void *ctx, struct store_conn *writer, struct err *err) {
    const struct beginning *b = ctx;
    struct str address = b->viewing->address;
    const struct store_value row[SYS_SIGN_IN_COUNT] = {
        [SYS_SIGN_IN_ID] = store_int(id_next(engine_ids(b->auth->engine))),
        [SYS_SIGN_IN_AT] = store_int(b->now_ms),
        [SYS_SIGN_IN_LOGIN] = store_text(b->viewing->target),
        [SYS_SIGN_IN_USER] = store_int(b->admin),
        [SYS_SIGN_IN_ADDRESS] = address.len ? store_text(address) : STORE_NIL,
        [SYS_SIGN_IN_OUTCOME] = store_int(SIGN_IN_VIEW)};
    return store_insert(writer, sys_table(SYS_TABLE_SIGN_IN), row, err);
}

crm_status viewing_begin(struct auth *a, const struct actor *admin, const struct viewing *v,
                         struct arena *arena, struct err *err) {
    struct target target;
    struct actor person;
    if (!is_admin(v->schema, admin))
        return err_set(err, CRM_FORBIDDEN, &auth_view_administrators, NULL);
    bool is_there = target_read(v->schema, v->target, &target);
    if (is_there && target.user)
        is_there = actors_get(&a->actors, target.user, admin->door, arena, &person, NULL) == CRM_OK;
    if (!is_there) return err_set_args(err, CRM_REFUSED, &auth_view_unknown, &v->target, 1);
    struct beginning b = {.auth = a, .admin = admin->user, .now_ms = clock_now_ms(), .viewing = v};
    return engine_write(a->engine, write_beginning, &b, err);
}

/* ---- looking --------------------------------------------------------------------------------- */

static bool note_row(void *ctx, const struct store_value *row) {
    (void)row;
    *(bool *)ctx = true;
    return false;
}

static crm_status was_begun(struct store_conn *reader, int64_t admin, struct str target, bool *ret,
                            struct err *err) {
    const struct store_condition where[] = {
        {SYS_SIGN_IN_LOGIN, STORE_EQ, store_text(target)},
        {SYS_SIGN_IN_AT, STORE_GE, store_int(clock_now_ms() - VIEWING_LIFE_MS)},
        {SYS_SIGN_IN_USER, STORE_EQ, store_int(admin)},
        {SYS_SIGN_IN_OUTCOME, STORE_EQ, store_int(SIGN_IN_VIEW)}};
    const struct store_select select = {.table = sys_table(SYS_TABLE_SIGN_IN),
                                        .where = where,
                                        .where_count = sizeof where / sizeof *where,
                                        .limit = 1};
    *ret = false;
    return store_each(reader, &select, note_row, ret, err);
}

crm_status viewing_take(struct auth *a, struct store_conn *reader, const struct viewing *v,
                        struct arena *arena, struct actor *actor, struct err *err) {
    struct target target;
    struct actor person;
    bool begun = false;
    crm_status status = CRM_OK;
    if (is_admin(v->schema, actor) && target_read(v->schema, v->target, &target))
        status = was_begun(reader, actor->user, v->target, &begun, err);
    if (status != CRM_OK) return status;
    if (begun && target.user)
        begun = actors_get(&a->actors, target.user, actor->door, arena, &person, NULL) == CRM_OK;
    if (!begun) return err_set(err, CRM_FORBIDDEN, &auth_view_over, NULL);
    int64_t watcher = actor->user;
    if (target.user)
        *actor = person;
    else
        actor->role = target.role;
    actor->watcher = watcher;
    return CRM_OK;
}

/* ---- the log --------------------------------------------------------------------------------- */

static const char *outcome_word(int64_t outcome) {
    switch (outcome) {
#define OUTCOME_WORD(name, number, word)                                                           \
    case number:                                                                                   \
        return word;
        SIGN_IN_OUTCOMES(OUTCOME_WORD)
#undef OUTCOME_WORD
    default:
        return "";
    }
}

bool viewing_person(const struct sign_in_facts *facts, int64_t *ret) {
    struct str kind, rest = facts->login;
    return strcmp(facts->outcome, outcome_word(SIGN_IN_VIEW)) == 0 &&
           str_split(&rest, ':', &kind) && str_is(kind, "user") && id_parse(rest, ret);
}

struct reading {
    bool (*each)(void *ctx, const struct sign_in_facts *facts);
    void *ctx;
};

static bool read_row(void *ctx, const struct store_value *row) {
    const struct reading *r = ctx;
    const struct sign_in_facts facts = {
        .id = row[SYS_SIGN_IN_ID].integer,
        .at_ms = row[SYS_SIGN_IN_AT].integer,
        .user = row[SYS_SIGN_IN_USER].type == STORE_INT ? row[SYS_SIGN_IN_USER].integer : 0,
        .login = row[SYS_SIGN_IN_LOGIN].bytes,
        .address =
            row[SYS_SIGN_IN_ADDRESS].type == STORE_TEXT ? row[SYS_SIGN_IN_ADDRESS].bytes : STR_NONE,
        .outcome = outcome_word(row[SYS_SIGN_IN_OUTCOME].integer)};
    return r->each(r->ctx, &facts);
}

crm_status sign_ins_each(struct store_conn *reader, int64_t before, int64_t limit,
                         bool (*each)(void *ctx, const struct sign_in_facts *facts), void *ctx,
                         struct err *err) {
    const struct store_condition where = {SYS_SIGN_IN_ID, STORE_LT, store_int(before)};
    const int8_t newest[] = {-(SYS_SIGN_IN_ID + 1)};
    const struct store_select select = {.table = sys_table(SYS_TABLE_SIGN_IN),
                                        .where = &where,
                                        .where_count = before ? 1 : 0,
                                        .order = newest,
                                        .order_count = 1,
                                        .limit = limit};
    struct reading reading = {each, ctx};
    return store_each(reader, &select, read_row, &reading, err);
}
