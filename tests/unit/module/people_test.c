/* Signing in from end to end on a real database: the first administrator's link, sessions, tokens,
 * throttling, and rights that change. */
#include "support/opened_group.h"

#include "auth/sign_in.h"
#include "auth/token.h"
#include "auth/user.h"
#include "base/time.h"
#include "store/sys_tables.h"

static struct err err;

static struct auth *auth(void) { return kernel_auth(o.kernel); }

/* A reader with a read transaction of this moment. */
static struct store_conn *reader_open(void) {
    struct store_conn *reader = NULL;
    assert_int_equal(engine_reader_open(kernel_engine(o.kernel), &reader, &err), CRM_OK);
    assert_int_equal(store_begin(reader, &err), CRM_OK);
    return reader;
}
static void reader_close(struct store_conn *reader) {
    store_rollback(reader);
    store_conn_close(reader);
}

static int64_t make_user(const char *login, const char *role, const char *password) {
    struct arena a;
    struct actor system;
    int64_t id = 0;
    arena_init(&a, 16 * 1024 * 1024);
    engine_actor_system(ACCESS_DOOR_CLI, &system);
    const struct user_new spec = {
        .actor = &system, .login = str_from(login), .role = str_from(role)};
    assert_int_equal(user_create(auth(), &spec, &a, &id, &err), CRM_OK);
    if (password) assert_int_equal(password_set(auth(), id, str_from(password), &err), CRM_OK);
    arena_fini(&a);
    return id;
}

static crm_status try_sign_in(const char *login, const char *password, const char *address,
                              struct signed_in *ret, int64_t *ret_wait_s) {
    struct store_conn *reader = reader_open();
    const struct sign_in attempt = {.login = str_from(login),
                                    .password = str_from(password),
                                    .origin = {.address = str_from(address), .agent = STR("test")}};
    crm_status status = sign_in(auth(), reader, &attempt, ret, ret_wait_s, &err);
    reader_close(reader);
    return status;
}

static crm_status session_of(const struct signed_in *in, struct cache_entry *ret) {
    struct store_conn *reader = reader_open();
    crm_status status =
        session_find(auth(), reader, str_from(in->session.cookie.text), clock_now_ms(), ret, &err);
    reader_close(reader);
    return status;
}

static void first_link_makes_the_first_admin(void **state) {
    (void)state;
    struct secret link;
    struct signed_in in;
    struct actor actor;
    struct arena a;
    assert_int_equal(link_create(auth(), 0, &link, &err), CRM_OK);
    struct store_conn *reader = reader_open();
    struct link_use use = {
        .link = str_from(link.text), .login = STR("root"), .password = STR("root1234")};
    assert_int_equal(sign_in_by_link(auth(), reader, &use, &in, &err),
                     CRM_REFUSED); /* weak: nothing happened */
    assert_string_equal(err.text.code, "password_weak");
    assert_int_equal(auth_user_find(auth(), STR("root")), 0);
    use.password = STR("tulip-orbit-velvet-91");
    use.login = STR("  ");
    assert_int_equal(sign_in_by_link(auth(), reader, &use, &in, &err), CRM_REFUSED);
    assert_string_equal(err.text.code, "login_needed");
    use.login = STR("root");
    assert_int_equal(sign_in_by_link(auth(), reader, &use, &in, &err), CRM_OK);
    assert_int_equal(auth_user_find(auth(), STR("ROOT")), in.user); /* folded */
    assert_int_equal(sign_in_by_link(auth(), reader, &use, &in, &err),
                     CRM_CONFLICT); /* seen by an old reader: the login is there */
    reader_close(reader);
    reader = reader_open();
    assert_int_equal(sign_in_by_link(auth(), reader, &use, &in, &err), CRM_NOT_FOUND); /* used up */
    reader_close(reader);
    arena_init(&a, 1 << 20);
    in.user = auth_user_find(auth(), STR("root"));
    assert_int_equal(actors_get(&auth()->actors, in.user, ACCESS_DOOR_WEB, &a, &actor, &err),
                     CRM_OK);
    assert_string_equal(arena_cstr(&a, actor.role), "admin");
    arena_fini(&a);
}

static void right_password_opens_a_session(void **state) {
    (void)state;
    struct signed_in in;
    struct cache_entry entry;
    int64_t wait = 0, user = make_user("vera", "boss", "tulip-orbit-velvet-91");
    assert_int_equal(try_sign_in("Vera", "tulip-orbit-velvet-91", "1.1.1.1", &in, &wait), CRM_OK);
    assert_int_equal(in.user, user);
    assert_int_equal(session_of(&in, &entry), CRM_OK);
    assert_int_equal(entry.user, user);
    struct secret csrf;
    secret_csrf_text(entry.csrf, &csrf);
    assert_string_equal(csrf.text, in.session.csrf.text);
    /* Only a digest is in the database. */
    struct digest digest;
    assert_true(secret_digest(SECRET_SESSION, str_from(in.session.cookie.text), &digest));
    assert_null(memmem(&digest, sizeof digest, in.session.cookie.text, 16));
    opened_again(&o);
    assert_int_equal(session_of(&in, &entry), CRM_OK); /* and survives a restart */
    assert_int_equal(session_end(auth(), str_from(in.session.cookie.text), &err), CRM_OK);
    assert_int_equal(session_of(&in, &entry), CRM_UNAUTHENTICATED);
}

static void wrong_unknown_and_inactive_are_alike(void **state) {
    (void)state;
    struct signed_in in;
    int64_t wait = 0;
    make_user("ivan", "boss", "tulip-orbit-velvet-91");
    int64_t idle = make_user("idle", "boss", "tulip-orbit-velvet-91");
    make_user("nopass", "boss", NULL);
    struct crm_view *view = opened_view(&o, NULL);
    const struct crm_entity *user = o.crm->schema->entity(view, CRM_STR("user"));
    struct crm_changeset *c = NULL;
    struct crm_error error;
    const struct crm_changeset_options options = {.size = sizeof options};
    const struct crm_value no = crm_bool(false);
    assert_int_equal(o.crm->record->changeset_new(view, &options, &c, &error), CRM_OK);
    struct crm_op *op = o.crm->record->update(c, user, idle, 0);
    assert_int_equal(
        o.crm->record->set(c, op, o.crm->schema->field(view, user, CRM_STR("active")), &no, &error),
        CRM_OK);
    assert_int_equal(o.crm->record->commit(c, NULL, &error), CRM_OK);
    o.crm->record->changeset_free(c);
    o.crm->record->view_close(view);
    static const char *const logins[] = {"ivan", "nobody", "idle", "nopass", "system", ""};
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        const char *password = i == 0 ? "tulip-orbit-velvet-92" : "tulip-orbit-velvet-91";
        assert_int_equal(try_sign_in(logins[i], password, "2.2.2.2", &in, &wait),
                         CRM_UNAUTHENTICATED);
        assert_string_equal(err.text.code, "sign_in_failed");
        assert_int_equal(wait, 0);
    }
}

static void guessing_is_throttled(void **state) {
    (void)state;
    struct signed_in in;
    int64_t wait = 0;
    make_user("olga", "boss", "tulip-orbit-velvet-91");
    /* Guesses of the last minute, one as soon as the other is let in, until the next has to wait.
     */
    int64_t now = clock_now_ms(), at = now - 60000;
    for (int64_t held = 0; at + held < now + 5000; at += held)
        held = throttle_enter(&auth()->throttle, STR("olga"), STR("3.3.3.3"), at);
    assert_int_equal(try_sign_in("olga", "tulip-orbit-velvet-91", "3.3.3.3", &in, &wait),
                     CRM_TOO_MANY);
    assert_true(wait >= 1 && wait <= 60);
    assert_int_equal(try_sign_in("olga", "tulip-orbit-velvet-91", "4.4.4.4", &in, &wait),
                     CRM_OK); /* its owner, elsewhere */
}

static bool count_row(void *ctx, const struct store_value *row) {
    int *counts = ctx;
    counts[row[SYS_SIGN_IN_OUTCOME].integer]++;
    return true;
}

static void attempts_are_logged(void **state) {
    (void)state;
    struct signed_in in;
    int counts[4] = {0};
    int64_t wait = 0;
    make_user("logged", "boss", "tulip-orbit-velvet-91");
    try_sign_in("logged", "wrong", "5.5.5.5", &in, &wait);
    try_sign_in("logged", "tulip-orbit-velvet-91", "5.5.5.5", &in, &wait);
    struct store_conn *reader = reader_open();
    const struct store_condition where = {SYS_SIGN_IN_LOGIN, STORE_EQ, store_text(STR("logged"))};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_SIGN_IN), .where = &where, .where_count = 1};
    assert_int_equal(store_each(reader, &select, count_row, counts, &err), CRM_OK);
    reader_close(reader);
    assert_int_equal(counts[SIGN_IN_OK], 1);
    assert_int_equal(counts[SIGN_IN_WRONG], 1);
}

static void new_password_ends_sessions(void **state) {
    (void)state;
    struct signed_in in;
    struct cache_entry entry;
    int64_t wait = 0, user = make_user("petr", "boss", "tulip-orbit-velvet-91");
    assert_int_equal(try_sign_in("petr", "tulip-orbit-velvet-91", "6.6.6.6", &in, &wait), CRM_OK);
    assert_int_equal(session_of(&in, &entry), CRM_OK);
    assert_int_equal(password_set(auth(), user, STR("another-tulip-orbit-17"), &err), CRM_OK);
    assert_int_equal(session_of(&in, &entry), CRM_UNAUTHENTICATED);
    assert_int_equal(try_sign_in("petr", "tulip-orbit-velvet-91", "6.6.6.6", &in, &wait),
                     CRM_UNAUTHENTICATED);
    assert_int_equal(try_sign_in("petr", "another-tulip-orbit-17", "6.6.6.6", &in, &wait), CRM_OK);
}

static crm_status open_link(const struct secret *link, const char *password) {
    struct signed_in in;
    struct store_conn *reader = reader_open();
    const struct link_use use = {.link = str_from(link->text), .password = str_from(password)};
    crm_status status = sign_in_by_link(auth(), reader, &use, &in, &err);
    reader_close(reader);
    return status;
}

/* A link that lies in an old mail does not undo a new password. */
static void new_password_ends_links(void **state) {
    (void)state;
    struct secret set, used, left, other;
    int64_t user = make_user("lida", "boss", NULL), stranger = make_user("lena", "boss", NULL);
    assert_int_equal(link_create(auth(), user, &set, &err), CRM_OK);
    assert_int_equal(link_create(auth(), stranger, &other, &err), CRM_OK);
    assert_int_equal(password_set(auth(), user, STR("tulip-orbit-velvet-91"), &err), CRM_OK);
    assert_int_equal(open_link(&set, "another-tulip-orbit-17"), CRM_NOT_FOUND);
    assert_int_equal(link_create(auth(), user, &used, &err), CRM_OK);
    assert_int_equal(link_create(auth(), user, &left, &err), CRM_OK);
    assert_int_equal(open_link(&used, "another-tulip-orbit-17"), CRM_OK);
    assert_int_equal(open_link(&left, "third-tulip-orbit-23"), CRM_NOT_FOUND);
    assert_int_equal(open_link(&other, "another-tulip-orbit-17"), CRM_OK);
}

/* What is refused again and again writes one row, not one each. */
static void refusals_do_not_fill_the_log(void **state) {
    (void)state;
    struct signed_in in;
    int counts[8] = {0};
    int64_t wait = 0;
    make_user("flood", "boss", "tulip-orbit-velvet-91");
    int64_t now = clock_now_ms(), at = now - 60000;
    for (int64_t held = 0; at + held < now + 5000; at += held)
        held = throttle_enter(&auth()->throttle, STR("flood"), STR("8.3.3.3"), at);
    for (int i = 0; i < 20; i++)
        assert_int_equal(try_sign_in("flood", "guess", "8.3.3.3", &in, &wait), CRM_TOO_MANY);
    struct store_conn *reader = reader_open();
    const struct store_condition where = {SYS_SIGN_IN_LOGIN, STORE_EQ, store_text(STR("flood"))};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_SIGN_IN), .where = &where, .where_count = 1};
    assert_int_equal(store_each(reader, &select, count_row, counts, &err), CRM_OK);
    reader_close(reader);
    assert_int_equal(counts[SIGN_IN_THROTTLED], 1);
}

static void sessions_end_when_unseen(void **state) {
    (void)state;
    struct signed_in in;
    struct cache_entry entry;
    make_user("nora", "boss", "tulip-orbit-velvet-91");
    int64_t wait = 0, now = clock_now_ms(); /* before the sign-in, however long that takes */
    assert_int_equal(try_sign_in("nora", "tulip-orbit-velvet-91", "7.7.7.7", &in, &wait), CRM_OK);
    struct str cookie = str_from(in.session.cookie.text);
    struct store_conn *reader = reader_open();
    assert_int_equal(
        session_find(auth(), reader, cookie, now + SESSION_IDLE_MS - 1000, &entry, &err),
        CRM_OK); /* seen: lives on */
    assert_int_equal(
        session_find(auth(), reader, cookie, now + SESSION_IDLE_MS + MS_PER_DAY, &entry, &err),
        CRM_OK);
    assert_int_equal(session_find(auth(), reader, cookie,
                                  now + 2 * SESSION_IDLE_MS + 2 * MS_PER_DAY, &entry, &err),
                     CRM_UNAUTHENTICATED);
    assert_int_equal(
        session_find(auth(), reader, cookie, now + SESSION_LIFE_MS + MS_PER_DAY, &entry, &err),
        CRM_UNAUTHENTICATED);
    reader_close(reader);
}

static bool count_token(void *ctx, const struct token_facts *token) {
    (void)token;
    ++*(int *)ctx;
    return true;
}

static void tokens_live_until_told(void **state) {
    (void)state;
    int64_t user = make_user("robot", "boss", NULL), other = make_user("other", "boss", NULL),
            id = 0;
    struct secret token, link;
    struct cache_entry entry;
    int count = 0;
    assert_int_equal(token_create(auth(), user, STR("export"), 0, &id, &token, &err), CRM_OK);
    assert_int_equal(link_create(auth(), user, &link, &err), CRM_OK);
    struct store_conn *reader = reader_open();
    assert_int_equal(token_find(auth(), reader, str_from(token.text), clock_now_ms(), &entry, &err),
                     CRM_OK);
    assert_int_equal(entry.user, user);
    assert_int_equal(token_find(auth(), reader, str_from(link.text), clock_now_ms(), &entry, &err),
                     CRM_UNAUTHENTICATED); /* a link is no token */
    assert_int_equal(token_find(auth(), reader,
                                STR("pgt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                                clock_now_ms(), &entry, &err),
                     CRM_UNAUTHENTICATED);
    assert_int_equal(token_each(reader, user, count_token, &count, &err), CRM_OK);
    assert_int_equal(count, 1);
    reader_close(reader);
    assert_int_equal(token_delete(auth(), other, id, &err), CRM_NOT_FOUND); /* not theirs */
    assert_int_equal(token_delete(auth(), user, id, &err), CRM_OK);
    reader = reader_open();
    assert_int_equal(token_find(auth(), reader, str_from(token.text), clock_now_ms(), &entry, &err),
                     CRM_UNAUTHENTICATED);
    reader_close(reader);
    int64_t soon = clock_now_ms() + 60000;
    assert_int_equal(token_create(auth(), user, STR_NONE, soon, &id, &token, &err), CRM_OK);
    reader = reader_open();
    assert_int_equal(token_find(auth(), reader, str_from(token.text), soon - 1, &entry, &err),
                     CRM_OK);
    assert_int_equal(token_find(auth(), reader, str_from(token.text), soon, &entry, &err),
                     CRM_UNAUTHENTICATED);
    reader_close(reader);
}

static void built_in_user_has_no_tokens(void **state) {
    (void)state;
    struct secret token;
    assert_int_equal(token_create(auth(), ACTOR_SYSTEM, STR_NONE, 0, NULL, &token, &err),
                     CRM_REFUSED);
    assert_int_equal(link_create(auth(), ACTOR_SYSTEM, &token, &err), CRM_REFUSED);
}

static void links_end_after_a_week(void **state) {
    (void)state;
    int64_t user = make_user("late", "boss", NULL), found = 0;
    struct secret link;
    assert_int_equal(link_create(auth(), user, &link, &err), CRM_OK);
    struct store_conn *reader = reader_open();
    assert_int_equal(link_find(auth(), reader, str_from(link.text),
                               clock_now_ms() + LINK_LIFE_MS - 60000, &found, &err),
                     CRM_OK);
    assert_int_equal(found, user);
    assert_int_equal(link_find(auth(), reader, str_from(link.text),
                               clock_now_ms() + LINK_LIFE_MS + 60000, &found, &err),
                     CRM_NOT_FOUND);
    reader_close(reader);
}

/* The cached actor is another one at the next look after a commit. */
static void rights_change_at_once(void **state) {
    (void)state;
    struct arena a;
    struct actor actor;
    struct crm_error error;
    int64_t id = make_user("mover", "keeper", NULL), role = 0;
    arena_init(&a, 1 << 20);
    assert_int_equal(actors_get(&auth()->actors, id, ACCESS_DOOR_REST, &a, &actor, &err), CRM_OK);
    assert_string_equal(arena_cstr(&a, actor.role), "keeper");
    struct crm_view *view = opened_view(&o, NULL);
    const struct crm_entity *user = o.crm->schema->entity(view, CRM_STR("user")),
                            *roles = o.crm->schema->entity(view, CRM_STR("role"));
    assert_int_equal(o.crm->record->resident_find(
                         view, roles, o.crm->schema->field(view, roles, CRM_STR("name")),
                         CRM_STR("boss"), &role),
                     1);
    struct crm_changeset *c = NULL;
    const struct crm_changeset_options options = {.size = sizeof options};
    const struct crm_value boss = crm_id(role);
    assert_int_equal(o.crm->record->changeset_new(view, &options, &c, &error), CRM_OK);
    struct crm_op *op = o.crm->record->update(c, user, id, 0);
    assert_int_equal(
        o.crm->record->set(c, op, o.crm->schema->field(view, user, CRM_STR("role")), &boss, &error),
        CRM_OK);
    assert_int_equal(o.crm->record->commit(c, NULL, &error), CRM_OK);
    o.crm->record->changeset_free(c);
    assert_int_equal(actors_get(&auth()->actors, id, ACCESS_DOOR_REST, &a, &actor, &err), CRM_OK);
    assert_string_equal(arena_cstr(&a, actor.role), "boss");
    assert_int_equal(o.crm->record->view_refresh(view, &error), CRM_OK);
    assert_int_equal(o.crm->record->changeset_new(view, &options, &c, &error), CRM_OK);
    assert_non_null(o.crm->record->trash(c, user, id, 0));
    assert_int_equal(o.crm->record->commit(c, NULL, &error), CRM_OK);
    o.crm->record->changeset_free(c);
    assert_int_equal(actors_get(&auth()->actors, id, ACCESS_DOOR_REST, &a, &actor, &err),
                     CRM_UNAUTHENTICATED);
    o.crm->record->view_close(view);
    arena_fini(&a);
}

static void users_need_what_there_is(void **state) {
    (void)state;
    struct arena a;
    struct actor system;
    int64_t id = 0;
    arena_init(&a, 16 * 1024 * 1024);
    engine_actor_system(ACCESS_DOOR_CLI, &system);
    struct user_new spec = {.actor = &system, .login = STR("lone"), .role = STR("emperor")};
    assert_int_equal(user_create(auth(), &spec, &a, &id, &err), CRM_NOT_FOUND);
    assert_string_equal(err.text.code, "role_unknown");
    spec.role = STR("boss");
    spec.manager = STR("nobody");
    assert_int_equal(user_create(auth(), &spec, &a, &id, &err), CRM_NOT_FOUND);
    assert_string_equal(err.text.code, "manager_unknown");
    assert_int_equal(auth_user_find(auth(), STR("lone")), 0);
    spec.manager = STR_NONE;
    spec.team = STR("Makers");
    spec.email = STR("lone@example.org");
    assert_int_equal(user_create(auth(), &spec, &a, &id, &err), CRM_OK);
    assert_int_equal(user_create(auth(), &spec, &a, &id, &err), CRM_CONFLICT);
    arena_fini(&a);
}

static void sweeping_takes_what_is_over(void **state) {
    (void)state;
    struct signed_in in;
    struct cache_entry entry;
    int64_t wait = 0;
    make_user("swept", "boss", "tulip-orbit-velvet-91");
    assert_int_equal(try_sign_in("swept", "tulip-orbit-velvet-91", "9.9.9.9", &in, &wait), CRM_OK);
    assert_int_equal(session_sweep(auth(), clock_now_ms(), &err), CRM_OK);
    assert_int_equal(session_of(&in, &entry), CRM_OK);
    assert_int_equal(session_sweep(auth(), clock_now_ms() + 2 * SESSION_IDLE_MS, &err), CRM_OK);
    opened_again(&o); /* nothing is cached */
    assert_int_equal(session_of(&in, &entry), CRM_UNAUTHENTICATED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_link_makes_the_first_admin),
        cmocka_unit_test(right_password_opens_a_session),
        cmocka_unit_test(wrong_unknown_and_inactive_are_alike),
        cmocka_unit_test(guessing_is_throttled),
        cmocka_unit_test(refusals_do_not_fill_the_log),
        cmocka_unit_test(new_password_ends_links),
        cmocka_unit_test(attempts_are_logged),
        cmocka_unit_test(new_password_ends_sessions),
        cmocka_unit_test(sessions_end_when_unseen),
        cmocka_unit_test(tokens_live_until_told),
        cmocka_unit_test(built_in_user_has_no_tokens),
        cmocka_unit_test(links_end_after_a_week),
        cmocka_unit_test(rights_change_at_once),
        cmocka_unit_test(users_need_what_there_is),
        cmocka_unit_test(sweeping_takes_what_is_over),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
