/* One record as JSON: every form of api.md, rights on fields and titles, dotted paths, lines. */
#include "record/read_world.h"

static int64_t add_tag(struct world *w, const char *name) { return make(w, "tag", "name", name); }

static void test_forms(struct world *w) {
    int64_t tag = add_tag(w, "warm");
    int64_t partner = make_json(w, "customer", "{\"name\":\"Bolt\"}");
    char body[2048];
    snprintf(body, sizeof body,
             "{\"name\":\"Acme \\\"&\\\" "
             "Co\",\"branch\":\"retail\",\"emails\":[{\"value\":\"a@acme.org\",\"label\":\"work\","
             "\"primary\":true},\"b@acme.org\"],"
             "\"marks\":[\"retail\",\"health\"],\"partners\":[{\"id\":\"%lld\",\"role\":"
             "\"supplier\",\"since\":\"2020-02-29\"}],\"parent\":\"%lld\","
             "\"revenue\":{\"amount\":\"1054.5\",\"currency\":\"USD\"},\"founded_on\":\"1999-12-"
             "31\",\"seen_at\":\"2026-11-21T18:26:00+03:00\","
             "\"staff\":7,\"share\":\"12.50\",\"vip\":true,\"why_vip\":\"old "
             "friend\",\"tags\":[\"%lld\"]}",
             (ll)partner, (ll)partner, (ll)tag);
    int64_t id = make_json(w, "customer", body);
    assert_json(
        get_json(w, "customer", id,
                 "name,branch,emails,marks,partners,parent,revenue,founded_on,seen_at,staff,share,"
                 "vip,greeting,four_times,tags,rank"),
        "{\"id\":\"%lld\",\"version\":1,\"name\":\"Acme \\\"&\\\" Co\",\"branch\":\"retail\","
        "\"emails\":[{\"value\":\"a@acme.org\",\"label\":\"work\",\"primary\":true},{\"value\":\"b@"
        "acme.org\",\"label\":null,\"primary\":false}],"
        "\"marks\":[\"retail\",\"health\"],\"partners\":[{\"id\":\"%lld\",\"title\":\"Bolt\","
        "\"role\":\"supplier\",\"since\":\"2020-02-29\"}],"
        "\"parent\":{\"id\":\"%lld\",\"title\":\"Bolt\"},\"revenue\":{\"amount\":\"1054.50\","
        "\"currency\":\"USD\"},\"founded_on\":\"1999-12-31\","
        "\"seen_at\":\"2026-11-21T15:26:00Z\",\"staff\":7,\"share\":\"12.5\",\"vip\":true,"
        "\"greeting\":\"Dear Acme \\\"&\\\" Co\",\"four_times\":28,"
        "\"tags\":[{\"id\":\"%lld\",\"title\":\"warm\"}],\"rank\":null}",
        (ll)id, (ll)partner, (ll)partner, (ll)tag);
    assert_json(get_json(w, "customer", id, " parent.name , parent.parent.name,id,name,version"),
                "{\"id\":\"%lld\",\"version\":1,\"parent.name\":\"Bolt\",\"parent.parent.name\":"
                "null,\"name\":\"Acme \\\"&\\\" Co\"}",
                (ll)id);
}

static void test_children_and_any(struct world *w) {
    int64_t deal = make_json(
        w, "deal",
        "{\"name\":\"Big\",\"lines\":[{\"name\":\"one\",\"quantity\":\"2\",\"price\":{\"amount\":"
        "\"10.00\",\"currency\":\"USD\"}},{\"name\":\"two\",\"price\":\"5\"}]}");
    const char *text = get_json(w, "deal", deal, "total,lines");
    assert_non_null(strstr(text, "\"total\":{\"amount\":\"25.00\",\"currency\":\"USD\"}"));
    const char *one = strstr(text, "\"name\":\"one\""), *two = strstr(text, "\"name\":\"two\"");
    assert_true(one && two && one < two);
    assert_non_null(strstr(text, "\"quantity\":\"2\""));
    assert_null(strstr(text, "\"deal\""));
    assert_non_null(strstr(get_json(w, "deal", deal, ""), "\"stage\":{\"id\":"));
    char body[256];
    snprintf(body, sizeof body,
             "{\"subject\":\"Hello\",\"about\":{\"entity\":\"deal\",\"id\":\"%lld\"}}", (ll)deal);
    int64_t visit = make_json(w, "visit", body);
    assert_json(get_json(w, "visit", visit, "about"),
                "{\"id\":\"%lld\",\"version\":1,\"about\":{\"entity\":\"deal\",\"id\":\"%lld\","
                "\"title\":\"Big\"}}",
                (ll)visit, (ll)deal);
    /* the list replaces: a line with its id stays, the other goes */
    const char *id_at = strstr(text, "\"lines\":[{\"id\":\"");
    assert_non_null(id_at);
    snprintf(body, sizeof body,
             "{\"lines\":[{\"id\":\"%.19s\",\"quantity\":\"3\"},{\"name\":\"three\"}]}",
             id_at + strlen("\"lines\":[{\"id\":\""));
    must(w, write_json(w, RECORD_UPDATE, "deal", deal, body));
    text = get_json(w, "deal", deal, "lines");
    assert_true(strstr(text, "\"quantity\":\"3\"") && strstr(text, "three") &&
                !strstr(text, "two"));
}

static void test_rights(struct world *w) {
    struct actor admin = w->actor;
    int64_t east = make(w, "team", "name", "East"), west = make(w, "team", "name", "West");
    int64_t anna = make_user(w, "anna", "seller", east),
            boris = make_user(w, "boris", "seller", west);
    act_as(w, anna);
    int64_t ours = make_json(w, "customer", "{\"name\":\"Ours\"}");
    act_as(w, boris);
    int64_t theirs = make_json(w, "customer", "{\"name\":\"Theirs\"}");
    w->actor = admin;
    char body[256];
    snprintf(body, sizeof body, "{\"parent\":\"%lld\",\"notes\":\"canary\"}", (ll)theirs);
    must(w, write_json(w, RECORD_UPDATE, "customer", ours, body));
    act_as(w, anna);
    /* the reference is a fact of the record, its title a fact of the other one */
    assert_json(get_json(w, "customer", ours, "name,parent,parent.name"),
                "{\"id\":\"%lld\",\"version\":2,\"name\":\"Ours\",\"parent\":{\"id\":\"%lld\","
                "\"title\":null},\"parent.name\":null}",
                (ll)ours, (ll)theirs);
    assert_fails(w, get_json(w, "customer", theirs, ""), CRM_NOT_FOUND, "not_found");
    assert_fails(w, get_json(w, "customer", 12345, ""), CRM_NOT_FOUND, "not_found");
    assert_null(strstr(get_json(w, "customer", ours, ""), "notes"));
    assert_fails(w, get_json(w, "customer", ours, "name,notes"), CRM_INVALID, "unknown_field");
    assert_fails(w, get_json(w, "customer", ours, "nonsense"), CRM_INVALID, "unknown_field");
    assert_fails(w, get_json(w, "customer", ours, "parent.notes"), CRM_INVALID, "unknown_field");
    assert_int_equal(write_json(w, RECORD_UPDATE, "customer", ours, "{\"notes\":\"x\"}"),
                     CRM_INVALID);
    assert_error(w, "unknown_field", "notes");
    w->actor = admin;
    act_as(w, make_user(w, "olga", "reader", 0));
    assert_non_null(strstr(get_json(w, "customer", theirs, "name,notes"), "Theirs"));
    assert_fails(w, get_json(w, "deal", 1, ""), CRM_FORBIDDEN, "action_forbidden");
    (void)boris;
}

static void test_access_json(struct world *w) {
    int64_t anna = make_user(w, "anna", "seller", 0), boris = make_user(w, "boris", "seller", 0);
    act_as(w, anna);
    int64_t own = make_json(w, "customer", "{\"name\":\"Own\"}");
    struct reading r;
    reading_begin(&r, w);
    r.status = record_access_json(&r.view, entity(w, "customer"), own, &r.json, &w->err);
    const char *text = reading_end(&r);
    assert_non_null(strstr(text, "\"update\":{\"allowed\":true,\"because\":\"rule\"}"));
    assert_non_null(strstr(text, "\"export\":{\"allowed\":false,\"because\":\"role\"}"));
    assert_non_null(strstr(text, "\"code\""));
    assert_null(strstr(text, "notes"));
    (void)boris;
}

static void test_json_errors(struct world *w) {
    static const struct {
        const char *body, *code, *field;
        crm_status status;
    } cases[] = {
        {"{\"nonsense\":1}", "unknown_field", "nonsense", CRM_INVALID},
        {"{\"name\":5}", "text_expected", "name", CRM_REFUSED},
        {"{\"staff\":\"seven\"}", "number_form", "staff", CRM_REFUSED},
        {"{\"staff\":1.5}", "number_form", "staff", CRM_REFUSED},
        {"{\"share\":\"1.2345678\"}", "decimal_form", "share", CRM_REFUSED},
        {"{\"revenue\":{\"amount\":\"1.005\",\"currency\":\"USD\"}}", "money_places", "revenue",
         CRM_REFUSED},
        {"{\"revenue\":{\"amount\":\"1\",\"currency\":\"XXQ\"}}", "currency_unknown", "revenue",
         CRM_REFUSED},
        {"{\"revenue\":{\"sum\":\"1\"}}", "money_form", "revenue", CRM_REFUSED},
        {"{\"vip\":\"yes\"}", "boolean_form", "vip", CRM_REFUSED},
        {"{\"founded_on\":\"2026-02-30\"}", "date_form", "founded_on", CRM_REFUSED},
        {"{\"seen_at\":\"2026-02-20\"}", "time_form", "seen_at", CRM_REFUSED},
        {"{\"parent\":\"abc\"}", "reference_missing", "parent", CRM_REFUSED},
        {"{\"parent\":{\"external_id\":\"none\"}}", "reference_missing", "parent", CRM_REFUSED},
        {"{\"parent\":7}", "reference_form", "parent", CRM_REFUSED},
        {"{\"emails\":\"a@b.c\"}", "list_expected", "emails", CRM_REFUSED},
        {"{\"emails\":[{\"value\":\"a@b.c\",\"kind\":\"x\"}]}", "item_key", "emails", CRM_REFUSED},
        {"{\"emails\":[{\"label\":\"x\"}]}", "item_form", "emails", CRM_REFUSED},
        {"{\"emails\":{\"set\":[]}}", "list_expected", "emails", CRM_REFUSED},
        {"{\"greeting\":\"Hi\"}", "field_read_only", "greeting", CRM_REFUSED},
        {"{\"created_at\":\"2026-02-20T00:00:00Z\"}", "field_read_only", "created_at", CRM_REFUSED},
        {"{\"id\":\"1\"}", "field_read_only", "id", CRM_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crm_status status = write_json(w, RECORD_CREATE, "customer", 0, cases[i].body);
        if (status != cases[i].status) print_error("%s\n", cases[i].body);
        assert_int_equal(status, cases[i].status);
        assert_error(w, cases[i].code, cases[i].field);
    }
    /* all problems at once, and the malformed ones decide */
    assert_int_equal(
        write_json(w, RECORD_CREATE, "customer", 0, "{\"staff\":\"x\",\"vip\":1,\"nonsense\":1}"),
        CRM_INVALID);
    assert_int_equal(w->errors.count, 3);
}

static void test_json_forms_in(struct world *w) {
    int64_t id = make_json(w, "customer",
                           "{\"name\":\" "
                           "\",\"external_id\":\"K-1\",\"revenue\":12.5,\"share\":0.1,\"staff\":"
                           "\"12\",\"emails\":[\"a@b.c\",\"d@e.f\"]}");
    assert_json(get_json(w, "customer", id, "name,revenue,share,staff"),
                "{\"id\":\"%lld\",\"version\":1,\"name\":\" "
                "\",\"revenue\":{\"amount\":\"12.50\",\"currency\":\"USD\"},\"share\":\"0.1\","
                "\"staff\":12}",
                (ll)id);
    int64_t child =
        make_json(w, "customer", "{\"name\":\"Child\",\"parent\":{\"external_id\":\"K-1\"}}");
    assert_json(get_json(w, "customer", child, "parent"),
                "{\"id\":\"%lld\",\"version\":1,\"parent\":{\"id\":\"%lld\",\"title\":\" \"}}",
                (ll)child, (ll)id);
    must(w, write_json(w, RECORD_UPDATE, "customer", id,
                       "{\"emails\":{\"remove\":[\"a@b.c\"],\"add\":[{\"value\":\"g@h.i\","
                       "\"label\":\"home\"}]}}"));
    const char *text = get_json(w, "customer", id, "emails");
    assert_true(strstr(text, "d@e.f") && strstr(text, "g@h.i") && !strstr(text, "a@b.c"));
    /* what was read may be sent back as it is */
    char body[512];
    snprintf(body, sizeof body,
             "{\"id\":\"%lld\",\"version\":2,\"parent\":{\"id\":\"%lld\",\"title\":\" "
             "\"},\"revenue\":null,\"emails\":null}",
             (ll)child, (ll)id);
    must(w, write_json(w, RECORD_UPDATE, "customer", child, body));
    assert_false(w->result.outcomes[0].changed);
    must(w, write_json(w, RECORD_UPDATE, "customer", id,
                       "{\"revenue\":{\"amount\":null},\"emails\":[]}"));
    assert_json(get_json(w, "customer", id, "revenue,emails"),
                "{\"id\":\"%lld\",\"version\":3,\"revenue\":null,\"emails\":[]}", (ll)id);
}

/* Later writes of a batch name the records of earlier ones. */
static void test_batch_names(struct world *w) {
    struct reading r;
    struct changeset *c = begin(w);
    struct record_op *first = create(w, c, "customer");
    put(c, first, "name", text("First"));
    int64_t id = first->id;
    struct str name = STR("it");
    struct record_names names = {.names = &name, .ids = &id, .count = 1};
    reading_begin(&r, w);
    struct record_op *second = create(w, c, "visit");
    int64_t visit = second->id;
    json_t *tree = json_loads(
        "{\"subject\":\"Hello\",\"customer\":\"$it\",\"about\":{\"id\":\"$it\"}}", 0, NULL);
    must(w, record_op_from_json(&r.view, c, second, tree, &names, &w->errors, &w->err));
    json_decref(tree);
    tree = json_loads("{\"customer\":\"$nobody\"}", 0, NULL);
    struct changeset *other = begin(w);
    w->errors = (struct err_list){0};
    assert_int_equal(record_op_from_json(&r.view, other, create(w, other, "visit"), tree, &names,
                                         &w->errors, &w->err),
                     CRM_REFUSED);
    assert_error(w, "name_unknown", "customer");
    json_decref(tree);
    changeset_fini(other);
    r.status = CRM_INTERNAL;
    (void)reading_end(&r);
    must(w, commit(w, c));
    assert_json(get_json(w, "visit", visit, "customer,about"),
                "{\"id\":\"%lld\",\"version\":1,\"customer\":{\"id\":\"%lld\",\"title\":\"First\"},"
                "\"about\":{\"entity\":\"customer\",\"id\":\"%lld\",\"title\":\"First\"}}",
                (ll)visit, (ll)id, (ll)id);
    /* a fault within a line says which line and field */
    assert_int_equal(
        write_json(
            w, RECORD_CREATE, "deal", 0,
            "{\"name\":\"D\",\"lines\":[{\"name\":\"a\"},{\"name\":\"b\",\"price\":\"x\"}]}"),
        CRM_REFUSED);
    assert_error(w, "money_form", "lines[1].price");
}

/* What the last write made, as its answer tells it. */
static const char *made_json(struct world *w, const char *fields) {
    struct reading r;
    reading_begin(&r, w);
    r.status = record_made_json(&r.view, &w->result, 0, str_from(fields), &r.json, NULL, &w->err);
    return reading_end(&r);
}

static void test_made_is_told_as_read(struct world *w) {
    int64_t tag = add_tag(w, "warm"), partner = make_json(w, "customer", "{\"name\":\"Bolt\"}");
    char body[2048];
    snprintf(
        body, sizeof body,
        "{\"name\":\" Acme \",\"branch\":\"retail\",\"emails\":[{\"value\":\"A@Acme.org\","
        "\"label\":\"work\",\"primary\":true},\"b@acme.org\"],\"phones\":[\"+7 999 111 22 33\"],"
        "\"marks\":[\"health\",\"retail\"],\"partners\":[{\"id\":\"%lld\",\"role\":\"supplier\","
        "\"since\":\"2020-02-29\"}],\"parent\":\"%lld\",\"revenue\":{\"amount\":\"1054.5\","
        "\"currency\":\"EUR\"},\"founded_on\":\"1999-12-31\",\"seen_at\":"
        "\"2026-11-21T18:26:00+03:00\",\"share\":\"12.50\",\"vip\":true,\"why_vip\":\"old\","
        "\"notes\":\"long\",\"tags\":[\"%lld\"]}",
        (ll)partner, (ll)partner, (ll)tag);
    const char *const bodies[][2] = {
        {"customer", body},
        {"customer", "{\"name\":\"Bare\"}"},
        {"deal", "{\"name\":\"Plain\",\"amount\":\"7\"}"},
        {"deal",
         "{\"name\":\"Big\",\"lines\":[{\"name\":\"one\",\"quantity\":\"2\",\"price\":\"5\"}]}"},
        {"visit", "{\"subject\":\"Hello\"}"},
        {"tag", "{\"name\":\"cold\"}"}};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        int64_t id = make_json(w, bodies[i][0], bodies[i][1]);
        assert_json(made_json(w, ""), "%s", get_json(w, bodies[i][0], id, ""));
    }
    int64_t id = make_json(w, "customer", body);
    const char *some = "name,parent.name,partners,deal_count,deal_sum,visit_count,four_times";
    assert_json(made_json(w, some), "%s", get_json(w, "customer", id, some));
    assert_fails(w, made_json(w, "nonsense"), CRM_INVALID, "unknown_field");
}

/* A seller sees their own; what was made for somebody else is made, and not shown. */
static void test_made_is_told_by_right(struct world *w) {
    int64_t east = make(w, "team", "name", "East"), west = make(w, "team", "name", "West");
    int64_t anna = make_user(w, "anna", "seller", east),
            boris = make_user(w, "boris", "seller", west);
    char body[128];
    act_as(w, anna);
    make_json(w, "customer", "{\"name\":\"Ours\"}");
    assert_null(strstr(made_json(w, ""), "notes"));
    assert_fails(w, made_json(w, "notes"), CRM_INVALID, "unknown_field");
    struct changeset_result own = w->result;
    act_as(w, boris);
    w->result = own;
    assert_fails(w, made_json(w, ""), CRM_NOT_FOUND, "not_found");
    snprintf(body, sizeof body, "{\"name\":\"Below\",\"parent\":\"%lld\"}", (ll)own.outcomes[0].id);
    if (write_json(w, RECORD_CREATE, "customer", 0, body) == CRM_OK)
        assert_json(made_json(w, "parent"), "%s",
                    get_json(w, "customer", w->result.outcomes[0].id, "parent"));
}

ON_BOTH(test_made_is_told_as_read)
ON_BOTH(test_made_is_told_by_right)
ON_BOTH(test_batch_names)
ON_BOTH(test_forms)
ON_BOTH(test_children_and_any)
ON_BOTH(test_rights)
ON_BOTH(test_access_json)
ON_BOTH(test_json_errors)
ON_BOTH(test_json_forms_in)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_batch_names),          BOTH(test_forms),
        BOTH(test_children_and_any),     BOTH(test_rights),
        BOTH(test_access_json),          BOTH(test_json_errors),
        BOTH(test_json_forms_in),        BOTH(test_made_is_told_as_read),
        BOTH(test_made_is_told_by_right)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
