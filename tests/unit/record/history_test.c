/* What was: changes of a record, the list of changesets, timelines, records and lists as of a
 * moment. */
#include "record/read_world.h"

static const char timeline_definitions[] =
    "entity 'note' { label = 'Note', title = 'subject', timeline = { by = { 'about', 'people' }, "
    "at = 'coalesce(done_at, created_at)' }, fields = {\n"
    "  subject = text { required = true }, about = ref_any {}, people = links 'customer' {}, "
    "done_at = time {} } }\n"
    "entity 'inquiry' { label = 'Inquiry', title = 'name', fields = {\n"
    "  name = text { required = true }, became = ref 'customer' { timeline = true } } }\n"
    "role 'seller' { entities = { note = { read = 'own', create = true, update = true, delete = "
    "true }, inquiry = { read = true, create = true, update = true, delete = true } } }\n";

static const char *changes_with(struct world *w, const char *name, int64_t id,
                                const struct record_history_options *o) {
    struct reading r;
    reading_begin(&r, w);
    r.status = record_changes_json(&r.view, entity(w, name), id, o, &r.json, &w->err);
    return reading_end(&r);
}

static const char *changes_json(struct world *w, const char *name, int64_t id, int64_t limit,
                                struct str after) {
    return changes_with(w, name, id,
                        &(struct record_history_options){.limit = limit, .after = after});
}

static const char *changesets_of(struct world *w, const struct record_changesets_options *o) {
    struct reading r;
    reading_begin(&r, w);
    r.status = record_changesets_json(&r.view, o, &r.json, &w->err);
    return reading_end(&r);
}

static const char *changesets_json(struct world *w, int64_t limit, struct str after) {
    return changesets_of(w, &(struct record_changesets_options){.limit = limit, .after = after});
}

static const char *timeline_with(struct world *w, const char *name, int64_t id,
                                 const struct record_history_options *o) {
    struct reading r;
    reading_begin(&r, w);
    r.status = record_timeline_json(&r.view, entity(w, name), id, o, &r.json, &w->err);
    return reading_end(&r);
}

static const char *timeline_json(struct world *w, const char *name, int64_t id, int64_t limit,
                                 struct str after) {
    return timeline_with(w, name, id,
                         &(struct record_history_options){.limit = limit, .after = after});
}

static const char *as_of_json(struct world *w, const char *name, int64_t id, int64_t at_ms,
                              const char *fields) {
    struct reading r;
    reading_begin(&r, w);
    r.status =
        record_as_of_json(&r.view, entity(w, name), id, at_ms, str_from(fields), &r.json, &w->err);
    return reading_end(&r);
}

static struct str next_of(const char *text) {
    const char *next = strstr(text, "\"next\":\"");
    if (!next) return STR_NONE;
    return str_make(next + 8, (size_t)(strchr(next + 8, '"') - next - 8));
}

static size_t count_of(const char *text, const char *what) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* The moment of the last commit, surely before the next one. */
static int64_t now_then_later(void) {
    int64_t now = clock_now_ms();
    while (clock_now_ms() == now) {
    }
    return now;
}

static void test_changes(struct world *w) {
    int64_t id = make_json(w, "customer", "{\"name\":\"Acme\",\"staff\":1}");
    must(w, write_json(w, RECORD_UPDATE, "customer", id,
                       "{\"staff\":2,\"emails\":[\"a@b.c\"],\"notes\":\"canary\"}"));
    must(w, write_json(w, RECORD_UPDATE, "customer", id, "{\"notes\":\"canary again\"}"));
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    const char *text = changes_json(w, "customer", id, 0, STR_NONE);
    assert_int_equal(count_of(text, "\"op\":"), 4);
    assert_true(strstr(text, "\"op\":\"delete\"") < strstr(text, "\"op\":\"create\""));
    assert_non_null(strstr(text, "\"staff\":{\"before\":1,\"after\":2}"));
    assert_non_null(strstr(
        text,
        "\"emails\":{\"before\":[],\"after\":[{\"value\":\"a@b.c\",\"label\":null,\"primary\":"));
    assert_non_null(strstr(text, "canary"));
    assert_non_null(strstr(text, "\"door\":\"rest\",\"cause\":null"));
    must(w, one(w, RECORD_RESTORE, "customer", id, NULL, VALUE_OF_NIL));
    /* of one field: only updates that touch it, and only it; that it was made and trashed too */
    struct record_history_options staff = {.fields = STR("staff")};
    text = changes_with(w, "customer", id, &staff);
    assert_int_equal(count_of(text, "\"op\":"), 4);
    assert_int_equal(count_of(text, "\"op\":\"update\""), 1);
    assert_int_equal(count_of(text, "\"staff\":"), 1);
    assert_null(strstr(text, "canary"));
    assert_null(strstr(text, "emails"));
    staff.limit = 3;
    text = changes_with(w, "customer", id, &staff);
    assert_non_null(strstr(text, "\"after\":2"));
    staff.after = next_of(text);
    text = changes_with(w, "customer", id, &staff);
    assert_non_null(strstr(text, "\"op\":\"create\""));
    assert_int_equal(count_of(text, "\"op\":"), 1);
    staff.fields = STR("nothing");
    assert_fails(w, changes_with(w, "customer", id, &staff), CRM_INVALID, "unknown_field");
    /* page by page: the same, once each */
    size_t seen = 0;
    struct str after = STR_NONE;
    for (int i = 0; i < 10; i++) {
        text = changes_json(w, "customer", id, 2, after);
        seen += count_of(text, "\"op\":");
        after = next_of(text);
        if (!after.len) break;
    }
    assert_int_equal(seen, 5);
    int64_t team = make(w, "team", "name", "East");
    struct actor admin = w->actor;
    int64_t anna = make_user(w, "anna", "seller", team);
    must(w, one(w, RECORD_UPDATE, "customer", id, "team", value_id(team)));
    act_as(w, anna);
    text = changes_json(w, "customer", id, 0, STR_NONE);
    assert_null(strstr(text, "canary"));
    assert_null(strstr(text, "notes"));
    assert_int_equal(count_of(text, "\"op\":"),
                     5); /* the change of the hidden field alone is not there */
    w->actor = admin;
    must(w, one(w, RECORD_UPDATE, "customer", id, "team", VALUE_OF_NIL));
    act_as(w, anna);
    assert_fails(w, changes_json(w, "customer", id, 0, STR_NONE), CRM_NOT_FOUND, "not_found");
    assert_fails(w, changes_json(w, "deal", 1, 0, STR_NONE), CRM_NOT_FOUND, "not_found");
}

static void test_changesets(struct world *w) {
    int64_t anna = make_user(w, "anna", "seller", 0), boris = make_user(w, "boris", "seller", 0);
    struct actor admin = w->actor;
    act_as(w, anna);
    int64_t hers = make_json(w, "deal", "{\"name\":\"hers\"}");
    int64_t changeset = w->result.id;
    act_as(w, boris);
    (void)make_json(w, "deal", "{\"name\":\"his\"}");
    /* an import: one parent, two children, one of three records is hers */
    w->actor = admin;
    int64_t parent = changeset_parent_new(w->engine), imported[3];
    for (int i = 0; i < 3; i++) {
        struct changeset *c = begin(w);
        c->part_of = parent;
        c->note = STR("import");
        struct record_op *op = create(w, c, "deal");
        put(c, op, "name", text("imported"));
        put(c, op, "owner", value_id(i == 0 ? anna : boris));
        must(w, commit(w, c));
        imported[i] = w->result.outcomes[0].id;
    }
    const char *text = changesets_json(w, 0, STR_NONE);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "{\"records\":[{\"id\":\"%lld\"", (ll)parent);
    assert_int_equal(strncmp(text, wanted, strlen(wanted)), 0);
    assert_int_equal(count_of(text, "\"note\":\"import\""), 1);
    assert_non_null(strstr(text, "\"changes\":3"));
    struct record_changesets_options narrow = {.entity = entity(w, "deal")};
    assert_non_null(strstr(changesets_of(w, &narrow), "\"changes\":3"));
    narrow.entity = entity(w, "customer");
    assert_null(strstr(changesets_of(w, &narrow), "\"note\":\"import\""));
    narrow = (struct record_changesets_options){.since_ms = INT64_MAX};
    assert_int_equal(count_of(changesets_of(w, &narrow), "\"seq\":"), 0);
    narrow = (struct record_changesets_options){.until_ms = 1};
    assert_int_equal(count_of(changesets_of(w, &narrow), "\"seq\":"), 0);
    narrow = (struct record_changesets_options){.door = STR("none such")};
    assert_int_equal(count_of(changesets_of(w, &narrow), "\"seq\":"), 0);
    narrow = (struct record_changesets_options){.actor = INT64_MAX};
    assert_int_equal(count_of(changesets_of(w, &narrow), "\"seq\":"), 0);
    act_as(w, anna);
    text = changesets_json(w, 0, STR_NONE);
    assert_int_equal(count_of(text, "\"note\":\"import\""), 1);
    assert_null(strstr(text, "\"changes\":3"));
    snprintf(wanted, sizeof wanted, "{\"id\":\"%lld\"", (ll)changeset);
    assert_non_null(strstr(text, wanted));
    assert_int_equal(
        strncmp(strstr(text, "\"note\":\"import\""),
                "\"note\":\"import\",\"reverts\":null,\"reverted_by\":null,\"changes\":1", 60),
        0);
    /* one to a page, none twice */
    size_t all = count_of(text, "\"seq\":"), seen = 0;
    struct str after = STR_NONE;
    for (int i = 0; i < 20; i++) {
        text = changesets_json(w, 1, after);
        seen += count_of(text, "\"seq\":");
        after = next_of(text);
        if (!after.len) break;
    }
    assert_int_equal(seen, all);
    (void)hers;
    (void)imported;
}

static void test_timeline(struct world *w) {
    world_apply(w, timeline_definitions);
    char body[512];
    int64_t acme = make_json(w, "customer", "{\"name\":\"Acme\"}");
    snprintf(body, sizeof body, "{\"name\":\"From the fair\",\"became\":\"%lld\"}", (ll)acme);
    int64_t inquiry = make_json(w, "inquiry", body);
    snprintf(
        body, sizeof body,
        "{\"subject\":\"about the inquiry\",\"about\":{\"entity\":\"inquiry\",\"id\":\"%lld\"}}",
        (ll)inquiry);
    (void)make_json(w, "note", body);
    snprintf(body, sizeof body,
             "{\"subject\":\"planned\",\"about\":{\"entity\":\"customer\",\"id\":\"%lld\"},\"done_"
             "at\":\"2099-01-01T00:00:00Z\"}",
             (ll)acme);
    (void)make_json(w, "note", body);
    snprintf(
        body, sizeof body,
        "{\"subject\":\"long ago\",\"people\":[\"%lld\"],\"done_at\":\"2001-01-01T00:00:00Z\"}",
        (ll)acme);
    (void)make_json(w, "note", body);
    (void)make_json(w, "note", "{\"subject\":\"elsewhere\"}");
    int64_t now = clock_now_ms();
    while (clock_now_ms() == now) /* of one moment records come first */
        continue;
    must(w, write_json(w, RECORD_UPDATE, "customer", acme, "{\"staff\":9}"));
    const char *text = timeline_json(w, "customer", acme, 0, STR_NONE);
    assert_int_equal(count_of(text, "\"kind\":\"record\""), 3);
    assert_int_equal(count_of(text, "\"kind\":\"change\""), 3);
    assert_null(strstr(text, "elsewhere"));
    const char *planned = strstr(text, "planned"), *staff = strstr(text, "\"staff\":{\"before\""),
               *ago = strstr(text, "long ago"), *fair = strstr(text, "about the inquiry");
    assert_true(planned && staff && ago && fair && planned < staff && staff < fair && fair < ago);
    /* and the other way round */
    text = timeline_json(w, "inquiry", inquiry, 0, STR_NONE);
    assert_true(strstr(text, "planned") && strstr(text, "about the inquiry") &&
                strstr(text, "long ago"));
    /* page by page */
    size_t changes = 0, records = 0, pages = 0;
    struct str after = STR_NONE;
    for (; pages < 20; pages++) {
        text = timeline_json(w, "customer", acme, 1, after);
        changes += count_of(text, "\"kind\":\"change\"");
        records += count_of(text, "\"kind\":\"record\"");
        after = next_of(text);
        if (!after.len) break;
    }
    assert_int_equal(changes, 3);
    assert_int_equal(records, 3);
    /* only some records */
    struct record_history_options o = {.entity = STR("note")};
    text = timeline_with(w, "customer", acme, &o);
    assert_int_equal(count_of(text, "\"kind\":\"record\""), 3);
    assert_int_equal(count_of(text, "\"kind\":\"change\""), 0);
    o.where = STR("done_at == nil");
    text = timeline_with(w, "customer", acme, &o);
    assert_int_equal(count_of(text, "\"kind\":"), 1);
    assert_non_null(strstr(text, "about the inquiry"));
    o.where = STR("nothing == 1");
    assert_fails(w, timeline_with(w, "customer", acme, &o), CRM_INVALID, "unknown_field");
    o = (struct record_history_options){.entity = STR("inquiry")};
    assert_fails(w, timeline_with(w, "customer", acme, &o), CRM_INVALID, "entity_unknown");
    o = (struct record_history_options){.where = STR("done_at == nil")};
    assert_fails(w, timeline_with(w, "customer", acme, &o), CRM_INVALID, "where_of");
}

static void test_timeline_rights(struct world *w) {
    world_apply(w, timeline_definitions);
    int64_t team = make(w, "team", "name", "East");
    int64_t anna = make_user(w, "anna", "seller", team),
            boris = make_user(w, "boris", "seller", team);
    char body[256];
    act_as(w, boris);
    int64_t acme = make_json(w, "customer", "{\"name\":\"Acme\"}");
    snprintf(body, sizeof body,
             "{\"subject\":\"his own\",\"about\":{\"entity\":\"customer\",\"id\":\"%lld\"}}",
             (ll)acme);
    (void)make_json(w, "note", body);
    assert_non_null(strstr(timeline_json(w, "customer", acme, 0, STR_NONE), "his own"));
    act_as(w, anna);
    const char *text = timeline_json(w, "customer", acme, 0, STR_NONE);
    assert_non_null(strstr(text, "\"op\":\"create\""));
    assert_null(strstr(text, "his own"));
}

static void test_as_of(struct world *w) {
    int64_t before = now_then_later();
    int64_t partner = make_json(w, "customer", "{\"name\":\"Bolt\"}");
    int64_t id = make_json(w, "customer", "{\"name\":\"Acme\",\"staff\":1,\"emails\":[\"a@b.c\"]}");
    int64_t first = now_then_later();
    char body[256];
    snprintf(body, sizeof body,
             "{\"name\":\"Acme & "
             "Co\",\"staff\":2,\"emails\":[],\"partners\":[{\"id\":\"%lld\",\"role\":\"x\"}],"
             "\"revenue\":\"5\"}",
             (ll)partner);
    must(w, write_json(w, RECORD_UPDATE, "customer", id, body));
    int64_t second = now_then_later();
    must(w, one(w, RECORD_DELETE, "customer", id, NULL, VALUE_OF_NIL));
    int64_t third = now_then_later();
    const char *fields = "name,staff,greeting,emails,partners,revenue,deleted_at";
    assert_fails(w, as_of_json(w, "customer", id, before, fields), CRM_NOT_FOUND, "not_found");
    assert_json(as_of_json(w, "customer", id, first, fields),
                "{\"id\":\"%lld\",\"version\":1,\"name\":\"Acme\",\"staff\":1,\"greeting\":\"Dear "
                "Acme\",\"emails\":[{\"value\":\"a@b.c\",\"label\":null,\"primary\":true}],"
                "\"partners\":[],\"revenue\":null,\"deleted_at\":null}",
                (ll)id);
    assert_json(as_of_json(w, "customer", id, second, fields),
                "{\"id\":\"%lld\",\"version\":2,\"name\":\"Acme & "
                "Co\",\"staff\":2,\"greeting\":\"Dear Acme & Co\",\"emails\":[],"
                "\"partners\":[{\"id\":\"%lld\",\"title\":\"Bolt\",\"role\":\"x\",\"since\":null}],"
                "\"revenue\":{\"amount\":\"5.00\",\"currency\":\"USD\"},\"deleted_at\":null}",
                (ll)id, (ll)partner);
    assert_non_null(strstr(as_of_json(w, "customer", id, third, fields), "\"deleted_at\":\"20"));
    assert_fails(w, as_of_json(w, "customer", id, clock_now_ms() + 100000, fields), CRM_INVALID,
                 "as_of_later");
    must(w, one(w, RECORD_PURGE, "customer", id, NULL, VALUE_OF_NIL));
    assert_non_null(
        strstr(as_of_json(w, "customer", id, first, fields), "\"greeting\":\"Dear Acme\""));
    assert_fails(w, as_of_json(w, "customer", id, now_then_later(), fields), CRM_NOT_FOUND,
                 "not_found");
    struct record_list_options o = {.fields = STR("name,staff"),
                                    .sort = STR("-staff"),
                                    .as_of_ms = first,
                                    .action = SCHEMA_ACTION_READ};
    const char *text = list_json(w, "customer", &o);
    assert_true(strstr(text, "\"Acme\",\"staff\":1") && strstr(text, "Bolt") &&
                !strstr(text, "Co"));
    o.where = STR("staff > 1");
    assert_non_null(strstr(list_json(w, "customer", &o), "\"records\":[]"));
    o.as_of_ms = second;
    assert_non_null(strstr(list_json(w, "customer", &o), "Acme & Co"));
    o.as_of_ms = third;
    assert_non_null(strstr(list_json(w, "customer", &o), "\"records\":[]"));
    o.trash = STORE_TRASHED;
    assert_non_null(strstr(list_json(w, "customer", &o), "Acme & Co"));
}

static void test_as_of_children(struct world *w) {
    int64_t deal = make_json(w, "deal",
                             "{\"name\":\"Big\",\"lines\":[{\"name\":\"one\",\"price\":\"1\"},{"
                             "\"name\":\"two\",\"price\":\"2\"}]}");
    int64_t then = now_then_later();
    must(w, write_json(w, RECORD_UPDATE, "deal", deal, "{\"lines\":[{\"name\":\"three\"}]}"));
    const char *text = as_of_json(w, "deal", deal, then, "lines,name");
    assert_true(strstr(text, "one") && strstr(text, "two") && !strstr(text, "three"));
    text = get_json(w, "deal", deal, "lines");
    assert_true(!strstr(text, "one") && strstr(text, "three"));
}

static void test_as_of_rights(struct world *w) {
    int64_t anna = make_user(w, "anna", "seller", 0), boris = make_user(w, "boris", "seller", 0);
    struct actor admin = w->actor;
    act_as(w, anna);
    int64_t deal = make_json(w, "deal", "{\"name\":\"hers\"}");
    int64_t then = now_then_later();
    w->actor = admin;
    must(w, one(w, RECORD_UPDATE, "deal", deal, "owner", value_id(boris)));
    int64_t later = now_then_later();
    act_as(w, anna);
    assert_non_null(
        strstr(as_of_json(w, "deal", deal, then, "name"), "hers")); /* it was hers then */
    assert_fails(w, as_of_json(w, "deal", deal, later, "name"), CRM_NOT_FOUND, "not_found");
    act_as(w, boris);
    assert_fails(w, as_of_json(w, "deal", deal, then, "name"), CRM_NOT_FOUND, "not_found");
    assert_non_null(strstr(as_of_json(w, "deal", deal, later, "name"), "hers"));
}

static void test_timeline_of_lines(struct world *w) {
    int64_t deal =
        make_json(w, "deal", "{\"name\":\"Big\",\"lines\":[{\"name\":\"one\",\"price\":\"1\"}]}");
    const char *got = strstr(get_json(w, "deal", deal, "lines"), "\"lines\":[{\"id\":\"");
    assert_non_null(got);
    char body[256];
    snprintf(body, sizeof body, "{\"lines\":[{\"id\":\"%.19s\",\"name\":\"other\"}]}",
             got + strlen("\"lines\":[{\"id\":\""));
    must(w, write_json(w, RECORD_UPDATE, "deal", deal, body));
    const char *text = timeline_json(w, "deal", deal, 0, STR_NONE);
    assert_non_null(strstr(text, "\"entity\":\"line\""));
    assert_non_null(strstr(text, "\"name\":{\"before\":\"one\",\"after\":\"other\"}"));
}

ON_BOTH(test_timeline_of_lines)
ON_BOTH(test_changes)
ON_BOTH(test_changesets)
ON_BOTH(test_timeline)
ON_BOTH(test_timeline_rights)
ON_BOTH(test_as_of)
ON_BOTH(test_as_of_children)
ON_BOTH(test_as_of_rights)

int main(void) {
    const struct CMUnitTest tests[] = {BOTH(test_timeline_of_lines), BOTH(test_changes),
                                       BOTH(test_changesets),        BOTH(test_timeline),
                                       BOTH(test_timeline_rights),   BOTH(test_as_of),
                                       BOTH(test_as_of_children),    BOTH(test_as_of_rights)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
