/* The live feed: who hears of what, "gone", what was missed, slow streams, streams that end. */
#include "event/event_world.h"

struct stream {
    struct live_subscriber *it;
    _Atomic int woken;
    struct buf text;
    bool ended;
};

static void woken(void *ctx) { atomic_fetch_add(&((struct stream *)ctx)->woken, 1); }

static void listen_from(struct hub_world *h, struct stream *s, int64_t user, int64_t last_seq,
                        const char *entities, size_t max) {
    struct live_options o = {.user = user,
                             .door = ACCESS_DOOR_WEB,
                             .last_seq = last_seq,
                             .entities = str_from(entities),
                             .max_bytes = max,
                             .wake = woken,
                             .ctx = s};
    memset(s, 0, sizeof *s);
    buf_init(&s->text, 1 << 20);
    must(&h->w, live_subscribe(h->hub, &o, &s->it, &h->w.err));
}

static void listen_now(struct hub_world *h, struct stream *s, int64_t user) {
    listen_from(h, s, user, -1, "", 0);
}

/* What has come since the last look. */
static const char *heard(struct hub_world *h, struct stream *s) {
    settle(h);
    buf_clear(&s->text);
    must(&h->w, live_take(s->it, &s->text, &s->ended, &h->w.err));
    return s->text.ptr ? s->text.ptr : "";
}

static void stop_listening(struct stream *s) {
    live_unsubscribe(s->it);
    buf_fini(&s->text);
}

static void expect_hint(const char *text, const char *entity_name, int64_t id, bool gone) {
    char wanted[128];
    snprintf(wanted, sizeof wanted, "\"entity\":\"%s\",\"id\":\"%lld\"", entity_name,
             (long long)id);
    const char *at = strstr(text, wanted);
    if (!at) print_error("%s\nnot in\n%s\n", wanted, text);
    assert_non_null(at);
    const char *end = strchr(at, '}'), *mark = strstr(at, "\"gone\":true");
    assert_int_equal(mark && mark < end, gone);
}

static void test_rights(struct hub_world *h) {
    struct world *w = &h->w;
    start(h);
    int64_t anna = make_user(w, "anna", "seller", 0), boris = make_user(w, "boris", "seller", 0);
    struct actor admin = w->actor;
    struct stream a, b;
    listen_now(h, &a, anna);
    listen_now(h, &b, boris);
    act_as(w, anna);
    int64_t deal = make(w, "deal", "name", "hers");
    const char *said = heard(h, &a);
    expect_hint(said, "deal", deal, false);
    assert_non_null(strstr(said, "event: change\ndata: {\"seq\":"));
    assert_non_null(strstr(said, "\"version\":1}\n\n"));
    assert_null(strstr(said, "hers"));
    assert_true(atomic_load(&a.woken) > 0);
    assert_null(strstr(heard(h, &b), "deal"));
    w->actor = admin;
    must(w, one(w, RECORD_UPDATE, "deal", deal, "owner", value_id(boris)));
    expect_hint(heard(h, &a), "deal", deal, true);
    expect_hint(heard(h, &b), "deal", deal, false);
    must(w, one(w, RECORD_UPDATE, "deal", deal, "next_step", text("call")));
    assert_null(strstr(heard(h, &a), "deal"));
    expect_hint(heard(h, &b), "deal", deal, false);
    must(w, one(w, RECORD_DELETE, "deal", deal, NULL, VALUE_OF_NIL));
    assert_null(strstr(heard(h, &a), "deal"));
    expect_hint(heard(h, &b), "deal", deal, true);
    must(w, one(w, RECORD_RESTORE, "deal", deal, NULL, VALUE_OF_NIL));
    expect_hint(heard(h, &b), "deal", deal, false);
    must(w, one(w, RECORD_DELETE, "deal", deal, NULL, VALUE_OF_NIL));
    must(w, one(w, RECORD_PURGE, "deal", deal, NULL, VALUE_OF_NIL));
    expect_hint(heard(h, &b), "deal", deal, true);
    stop_listening(&a);
    stop_listening(&b);
}

static void test_entities(struct hub_world *h) {
    struct world *w = &h->w;
    start(h);
    struct stream s;
    listen_from(h, &s, ACTOR_SYSTEM, -1, "visit, nothing ,deal", 0);
    (void)make(w, "customer", "name", "A");
    int64_t visit = make(w, "visit", "subject", "B");
    const char *said = heard(h, &s);
    expect_hint(said, "visit", visit, false);
    assert_null(strstr(said, "customer"));
    stop_listening(&s);
}

/* A stream that comes back with its last id hears what it has missed, in order, then goes on. */
static void test_resume(struct hub_world *h) {
    struct world *w = &h->w;
    start(h);
    int64_t first = make(w, "customer", "name", "A");
    int64_t seq = w->result.seq;
    int64_t second = make(w, "customer", "name", "B"), third = make(w, "customer", "name", "C");
    settle(h);
    struct stream s;
    listen_from(h, &s, ACTOR_SYSTEM, seq, "", 0);
    const char *said = heard(h, &s);
    char id[64];
    snprintf(id, sizeof id, "%lld", (long long)first);
    assert_null(strstr(said, id));
    expect_hint(said, "customer", second, false);
    expect_hint(said, "customer", third, false);
    snprintf(id, sizeof id, "id: %lld\nevent: change", (long long)seq + 2);
    assert_non_null(strstr(said, id));
    assert_null(strstr(said, "resync"));
    int64_t fourth = make(w, "customer", "name", "D");
    expect_hint(heard(h, &s), "customer", fourth, false);
    stop_listening(&s);
    /* an id of another life of the database is no harm */
    listen_from(h, &s, ACTOR_SYSTEM, seq + 1000, "", 0);
    (void)heard(h, &s);
    int64_t fifth = make(w, "customer", "name", "E");
    expect_hint(heard(h, &s), "customer", fifth, false);
    stop_listening(&s);
}

static void test_slow_and_large(struct hub_world *h) {
    struct world *w = &h->w;
    start(h);
    struct stream slow, quick;
    listen_from(h, &slow, ACTOR_SYSTEM, -1, "", 300);
    listen_now(h, &quick, ACTOR_SYSTEM);
    for (int i = 0; i < 40; i++)
        (void)make(w, "customer", "name", "A");
    const char *said = heard(h, &slow);
    assert_string_equal(said, "event: resync\ndata: {}\n\n");
    assert_true(slow.ended);
    assert_null(strstr(heard(h, &quick), "resync"));
    struct event_counters counters;
    event_hub_counters(h->hub, &counters);
    assert_int_equal(counters.live_dropped, 1);
    assert_int_equal(counters.live_subscribers, 2);
    /* more than anybody wants to hear one by one */
    struct changeset *c = begin(w);
    for (int i = 0; i < 1500; i++)
        put(c, create(w, c, "customer"), "name", text("many"));
    must(w, commit(w, c));
    said = heard(h, &quick);
    assert_non_null(strstr(said, "event: resync"));
    assert_null(strstr(said, "event: change"));
    assert_false(quick.ended);
    int64_t last = make(w, "customer", "name", "last");
    expect_hint(heard(h, &quick), "customer", last, false);
    stop_listening(&slow);
    stop_listening(&quick);
}

static void test_end(struct hub_world *h) {
    struct world *w = &h->w;
    start(h);
    struct actor admin = w->actor;
    int64_t olga = make_user(w, "olga", "reader", 0);
    struct stream s, t;
    listen_now(h, &s, olga);
    listen_now(h, &t, ACTOR_SYSTEM);
    int64_t first = make(w, "customer", "name", "A");
    expect_hint(heard(h, &s), "customer", first, false);
    w->actor = admin;
    must(w, one(w, RECORD_UPDATE, "user", olga, "active", value_bool(false)));
    int64_t second = make(w, "customer", "name", "B");
    const char *said = heard(h, &s);
    assert_true(s.ended);
    assert_null(strstr(said, "customer"));
    expect_hint(heard(h, &t), "customer", second, false);
    assert_false(t.ended);
    event_hub_stop(h->hub, 1000);
    bool ended = false;
    buf_clear(&t.text);
    must(w, live_take(t.it, &t.text, &ended, &w->err));
    assert_true(ended);
    stop_listening(&s);
    stop_listening(&t);
}

/* Rights change under an open stream: the next hint obeys. */
static void test_role_change(struct hub_world *h) {
    struct world *w = &h->w;
    start(h);
    int64_t olga = make_user(w, "olga", "reader", 0);
    struct stream s;
    listen_from(h, &s, olga, -1, "deal,customer", 0);
    (void)make(w, "deal", "name", "D");
    int64_t customer = make(w, "customer", "name", "A");
    const char *said = heard(h, &s);
    assert_null(strstr(said, "deal"));
    expect_hint(said, "customer", customer, false);
    const struct resident *r = engine_resident_ref(w->engine);
    int64_t role = 0;
    (void)resident_find(r, entity(w, "role"), slot(entity(w, "role"), "name"), STR("admin"), &role);
    engine_resident_unref(w->engine, r);
    must(w, one(w, RECORD_UPDATE, "user", olga, "role", value_id(role)));
    int64_t deal = make(w, "deal", "name", "E");
    expect_hint(heard(h, &s), "deal", deal, false);
    stop_listening(&s);
}

HUB_ON_BOTH(test_rights)
HUB_ON_BOTH(test_entities)
HUB_ON_BOTH(test_resume)
HUB_ON_BOTH(test_slow_and_large)
HUB_ON_BOTH(test_end)
HUB_ON_BOTH(test_role_change)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_rights), BOTH(test_entities),
                                       BOTH(test_resume), BOTH(test_slow_and_large),
                                       BOTH(test_end),    BOTH(test_role_change)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
