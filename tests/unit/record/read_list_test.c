/* Lists, queries and search as JSON: filters, order, pages, counts, forms of figures, errors. */
#include "record/read_world.h"

static void sample(struct world *w) {
    static const char *const customers[] = {
        "{\"name\":\"Acme\",\"branch\":\"retail\",\"staff\":10,\"revenue\":\"100.10\",\"founded_"
        "on\":\"2001-05-05\",\"marks\":[\"retail\"]}",
        "{\"name\":\"bolt\",\"branch\":\"retail\",\"staff\":20,\"revenue\":\"50\",\"founded_on\":"
        "\"2001-05-25\"}",
        "{\"name\":\"Cargo\",\"branch\":\"health\",\"staff\":30,\"founded_on\":\"2002-01-01\","
        "\"share\":\"0.5\"}",
        "{\"name\":\"\\u0401lka\",\"staff\":null,\"share\":\"0.25\"}",
    };
    for (size_t i = 0; i < sizeof customers / sizeof *customers; i++)
        (void)make_json(w, "customer", customers[i]);
}

static void test_list(struct world *w) {
    sample(w);
    struct record_list_options o = {
        .fields = STR("name"), .sort = STR("-staff,name"), .action = SCHEMA_ACTION_READ};
    const char *text = list_json(w, "customer", &o);
    const char *c = strstr(text, "Cargo"), *b = strstr(text, "bolt"), *a = strstr(text, "Acme"),
               *e = strstr(text, "\xD0\x81lka");
    assert_true(c && b && a && e && c < b && b < a && a < e);
    assert_non_null(strstr(text, "\"next\":null"));
    assert_null(strstr(text, "total"));
    o.sort = STR("name"); /* by what people see: case and accents aside */
    text = list_json(w, "customer", &o);
    assert_true(strstr(text, "Acme") < strstr(text, "bolt") &&
                strstr(text, "bolt") < strstr(text, "Cargo"));
    o.where = STR("branch == 'retail' and staff > 10");
    o.count = STR("exact");
    text = list_json(w, "customer", &o);
    assert_true(strstr(text, "bolt") && !strstr(text, "Acme"));
    assert_non_null(strstr(text, "\"total\":{\"value\":1,\"exact\":true}"));
}

/* Keys are expressions, too; a page goes on behind their values. */
static void test_reckoned_order(struct world *w) {
    sample(w);
    static const struct {
        struct str sort;
        const char *names[4];
    } cases[] = {
        {STR("coalesce(staff, 15)"), {"Acme", "\xD0\x81lka", "bolt", "Cargo"}},
        {STR("-coalesce(staff, 15)"), {"Cargo", "bolt", "\xD0\x81lka", "Acme"}},
        {STR("if_else(branch == 'retail', 'a,(b', 'c'), -coalesce(staff, 15)"),
         {"bolt", "Acme", "Cargo", "\xD0\x81lka"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record_list_options o = {
            .fields = STR("name"), .sort = cases[i].sort, .limit = 1, .action = SCHEMA_ACTION_READ};
        for (size_t row = 0; row < 4; row++) {
            const char *text = list_json(w, "customer", &o);
            assert_non_null(strstr(text, cases[i].names[row]));
            const char *next = strstr(text, "\"next\":\"");
            assert_int_equal(next == NULL, row == 3);
            if (next) o.after = str_make(next + 8, (size_t)(strchr(next + 8, '"') - next - 8));
        }
    }
}

static void test_pages(struct world *w) {
    char name[32];
    struct changeset *c = begin(w);
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "N%02d", i);
        struct record_op *op = create(w, c, "customer");
        put(c, op, "name", value_text(arena_str(&w->arena, str_from(name))));
        put(c, op, "staff", value_int(i % 3));
    }
    must(w, commit(w, c));
    struct record_list_options o = {.fields = STR("name"),
                                    .sort = STR("staff,-name"),
                                    .limit = 7,
                                    .action = SCHEMA_ACTION_READ};
    size_t seen = 0, pages = 0;
    for (bool more = true; more && pages < 10; pages++) {
        const char *text = list_json(w, "customer", &o);
        for (const char *at = text; (at = strstr(at, "\"name\":")) != NULL; at++)
            seen++;
        const char *next = strstr(text, "\"next\":\"");
        more = next != NULL;
        if (more) o.after = str_make(next + 8, (size_t)(strchr(next + 8, '"') - next - 8));
    }
    assert_int_equal(seen, 25);
    assert_int_equal(pages, 4);
}

static void test_list_errors(struct world *w) {
    struct record_list_options o = {.where = STR("nonsense == 1"), .action = SCHEMA_ACTION_READ};
    assert_string_equal(list_json(w, "customer", &o), "");
    assert_int_equal(w->err.status, CRM_INVALID);
    assert_int_equal(w->err.column, 1);
    o = (struct record_list_options){.fields = STR("nam")}; /* a similar name changes no code */
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "unknown_field");
    o = (struct record_list_options){.where = STR("nam == 1")};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "unknown_field");
    o = (struct record_list_options){.sort = STR("-nam")};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "unknown_field");
    o = (struct record_list_options){.sort = STR("coalesce(emails, marks)")};
    assert_int_equal(list_json(w, "customer", &o)[0], 0);
    assert_int_equal(w->err.status, CRM_INVALID);
    o = (struct record_list_options){.sort = STR("emails")};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "sort_path");
    o = (struct record_list_options){.sort =
                                         STR("name,staff,name,staff,name,staff,name,staff,name")};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "sort_many");
    o = (struct record_list_options){.limit = 1001};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "limit_range");
    o = (struct record_list_options){.limit = -1};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "limit_range");
    o = (struct record_list_options){.count = STR("some")};
    assert_fails(w, list_json(w, "customer", &o), CRM_INVALID, "count_word");
    o = (struct record_list_options){.after = STR("garbage")};
    assert_string_equal(list_json(w, "customer", &o), "");
    assert_int_equal(w->err.status, CRM_INVALID);
    o = (struct record_list_options){.fields = STR("name,,staff")};
    assert_string_equal(list_json(w, "customer", &o), "");
    assert_int_equal(w->err.status, CRM_INVALID);
}

/* The same cells, however they are asked for. */
static void test_list_forms(struct world *w) {
    int64_t acme = make_json(w, "customer",
                             "{\"name\":\"Acme\",\"emails\":[{\"value\":\"a@b.c\",\"primary\":true}"
                             "],\"marks\":[\"retail\"],\"revenue\":\"5\"}");
    char body[512];
    snprintf(body, sizeof body,
             "{\"name\":\"Big\",\"customer\":\"%lld\",\"amount\":\"7.25\",\"lines\":[{\"name\":"
             "\"one\",\"price\":\"2\"}]}",
             (ll)acme);
    int64_t deal = make_json(w, "deal", body);
    const char *fields[] = {
        "", "name,customer,customer.name,customer.emails,stage.kind,amount,lines,total,tags,owner"};
    for (size_t i = 0; i < 2; i++) {
        struct record_list_options o = {.fields = str_from(fields[i]),
                                        .action = SCHEMA_ACTION_READ};
        const char *listed = list_json(w, "deal", &o), *got = get_json(w, "deal", deal, fields[i]);
        assert_json(listed, "{\"records\":[%s],\"next\":null}", got);
        o = (struct record_list_options){.where = STR("name == 'Acme'"),
                                         .action = SCHEMA_ACTION_READ};
        assert_json(list_json(w, "customer", &o), "{\"records\":[%s],\"next\":null}",
                    get_json(w, "customer", acme, ""));
    }
    snprintf(body, sizeof body,
             "{\"subject\":\"Hello\",\"about\":{\"entity\":\"deal\",\"id\":\"%lld\"}}", (ll)deal);
    int64_t visit = make_json(w, "visit", body);
    struct record_list_options o = {.fields = STR("subject,about"), .action = SCHEMA_ACTION_READ};
    assert_json(list_json(w, "visit", &o), "{\"records\":[%s],\"next\":null}",
                get_json(w, "visit", visit, "subject,about"));
    o = (struct record_list_options){.sort = STR("stage,customer"),
                                     .action = SCHEMA_ACTION_READ}; /* by position, by title */
    assert_non_null(strstr(list_json(w, "deal", &o), "Big"));
    must(w, one(w, RECORD_DELETE, "deal", deal, NULL, VALUE_OF_NIL));
    o = (struct record_list_options){
        .trash = STORE_TRASHED, .fields = STR("lines,name"), .action = SCHEMA_ACTION_READ};
    assert_json(list_json(w, "deal", &o), "{\"records\":[%s],\"next\":null}",
                get_json(w, "deal", deal, "lines,name"));
}

static void test_query(struct world *w) {
    sample(w);
    assert_json(
        query_json(
            w, "{\"from\":\"customer\",\"group\":[\"branch\",\"month(founded_on)\"],\"measures\":{"
               "\"n\":\"count()\",\"sum\":\"sum(revenue)\",\"avg\":\"avg(revenue)\",\"mean\":\"avg("
               "staff)\",\"most\":\"max(staff)\"},\"sort\":[\"-n\",\"branch\"]}"),
        "{\"rows\":[{\"branch\":\"retail\",\"month(founded_on)\":\"2001-05-01\",\"n\":2,\"sum\":{"
        "\"amount\":\"150.10\",\"currency\":\"USD\"},\"avg\":{\"amount\":\"75.05\",\"currency\":"
        "\"USD\"},\"mean\":\"15.000000\",\"most\":20},"
        "{\"branch\":null,\"month(founded_on)\":null,\"n\":1,\"sum\":{\"amount\":\"0.00\","
        "\"currency\":\"USD\"},\"avg\":null,\"mean\":null,\"most\":null},"
        "{\"branch\":\"health\",\"month(founded_on)\":\"2002-01-01\",\"n\":1,\"sum\":{\"amount\":"
        "\"0.00\",\"currency\":\"USD\"},\"avg\":null,\"mean\":\"30.000000\",\"most\":30}]}");
    assert_json(
        query_json(w, "{\"from\":\"customer\",\"where\":\"name == "
                      "'nobody'\",\"measures\":{\"n\":\"count()\",\"s\":\"sum(revenue)\",\"a\":"
                      "\"avg(staff)\"}}"),
        "{\"rows\":[{\"n\":0,\"s\":{\"amount\":\"0.00\",\"currency\":\"USD\"},\"a\":null}]}");
    assert_json(query_json(w, "{\"from\":\"customer\",\"measures\":{\"ratio\":\"count(branch == "
                              "'retail') / count()\",\"shares\":\"sum(share)\"}}"),
                "{\"rows\":[{\"ratio\":\"0.500000\",\"shares\":\"0.75\"}]}");
    assert_json(
        query_json(
            w, "{\"from\":\"customer\",\"group\":[\"branch\"],\"limit\":1,\"sort\":[\"-branch\"]}"),
        "{\"rows\":[{\"branch\":\"retail\"}],\"truncated\":true}");
}

static void test_query_references(struct world *w) {
    int64_t acme = make_json(w, "customer", "{\"name\":\"Acme\"}");
    char body[256];
    for (int i = 0; i < 3; i++) {
        if (i < 2)
            snprintf(body, sizeof body, "{\"name\":\"D%d\",\"customer\":\"%lld\",\"amount\":\"1\"}",
                     i, (ll)acme);
        else
            snprintf(body, sizeof body, "{\"name\":\"D%d\",\"amount\":\"5\"}", i);
        (void)make_json(w, "deal", body);
    }
    assert_json(query_json(w, "{\"from\":\"deal\",\"group\":[\"customer\",\"stage.name\"],"
                              "\"measures\":{\"n\":\"count()\"},\"sort\":[\"-n\"]}"),
                "{\"rows\":[{\"customer\":{\"id\":\"%lld\",\"title\":\"Acme\"},\"stage.name\":"
                "\"New\",\"n\":2},{\"customer\":null,\"stage.name\":\"New\",\"n\":1}]}",
                (ll)acme);
}

static void test_query_errors(struct world *w) {
    static const struct {
        const char *body, *code;
        crm_status status;
    } cases[] = {
        {"{\"measures\":{\"n\":\"count()\"}}", "query_type", CRM_INVALID},
        {"{\"from\":\"nothing\",\"measures\":{\"n\":\"count()\"}}", "entity_unknown", CRM_INVALID},
        {"{\"from\":\"customer\"}", "query_nothing", CRM_INVALID},
        {"{\"from\":\"customer\",\"measures\":{\"n\":\"count()\"},\"having\":1}", "query_key",
         CRM_INVALID},
        {"{\"from\":\"customer\",\"measures\":{\"n\":5}}", "query_type", CRM_INVALID},
        {"{\"from\":\"customer\",\"measures\":[]}", "query_type", CRM_INVALID},
        {"{\"from\":\"customer\",\"group\":\"branch\"}", "query_type", CRM_INVALID},
        {"{\"from\":\"customer\",\"group\":[\"branch\",\"branch\"]}", "query_twice", CRM_INVALID},
        {"{\"from\":\"customer\",\"group\":[\"marks\"]}", "query_list", CRM_INVALID},
        {"{\"from\":\"customer\",\"group\":[\"branch\"],\"sort\":[\"staff\"]}", "query_sort",
         CRM_INVALID},
        {"{\"from\":\"customer\",\"group\":[\"branch\"],\"limit\":0}", "query_type", CRM_INVALID},
        {"{\"from\":\"customer\",\"group\":[\"branch\"],\"limit\":10001}", "limit_range",
         CRM_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *answer = query_json(w, cases[i].body);
        if (strcmp(w->err.text.code, cases[i].code) != 0) print_error("%s\n", cases[i].body);
        assert_fails(w, answer, cases[i].status, cases[i].code);
    }
    assert_string_equal(
        query_json(w, "{\"from\":\"customer\",\"measures\":{\"n\":\"sum(nonsense)\"}}"), "");
    assert_int_equal(w->err.status, CRM_INVALID);
    assert_int_equal(w->err.column, 5);
    assert_string_equal(w->err.where, "sum(nonsense)");
    act_as(w, make_user(w, "olga", "reader", 0));
    assert_fails(w, query_json(w, "{\"from\":\"deal\",\"measures\":{\"n\":\"count()\"}}"),
                 CRM_FORBIDDEN, "action_forbidden");
}

static void test_rights(struct world *w) {
    int64_t anna = make_user(w, "anna", "seller", 0), boris = make_user(w, "boris", "seller", 0);
    act_as(w, anna);
    (void)make_json(w, "deal", "{\"name\":\"hers\",\"amount\":\"1\"}");
    act_as(w, boris);
    (void)make_json(w, "deal", "{\"name\":\"his\",\"amount\":\"2\"}");
    struct record_list_options o = {
        .fields = STR("name"), .count = STR("exact"), .action = SCHEMA_ACTION_READ};
    const char *text = list_json(w, "deal", &o);
    assert_true(strstr(text, "his") && !strstr(text, "hers") && strstr(text, "\"value\":1"));
    assert_json(query_json(w, "{\"from\":\"deal\",\"measures\":{\"s\":\"sum(amount)\"}}"),
                "{\"rows\":[{\"s\":{\"amount\":\"2.00\",\"currency\":\"USD\"}}]}");
    o = (struct record_list_options){.where = STR("notes == 'x'"), .action = SCHEMA_ACTION_READ};
    assert_string_equal(list_json(w, "customer", &o), "");
    assert_int_equal(w->err.status, CRM_INVALID);
    o = (struct record_list_options){.sort = STR("notes"), .action = SCHEMA_ACTION_READ};
    assert_string_equal(list_json(w, "customer", &o), "");
    assert_int_equal(w->err.status, CRM_INVALID);
    o = (struct record_list_options){.action = SCHEMA_ACTION_EXPORT};
    assert_fails(w, list_json(w, "customer", &o), CRM_FORBIDDEN, "action_forbidden");
}

static void test_search(struct world *w) {
    int64_t anna = make_user(w, "anna", "seller", 0);
    int64_t acme =
        make_json(w, "customer", "{\"name\":\"Acme Machinery\",\"emails\":[\"info@acme.org\"]}");
    (void)make_json(w, "customer", "{\"name\":\"\u0401lka Machines\"}");
    (void)make_json(w, "deal", "{\"name\":\"Machine for Acme\"}");
    const char *text = search_json(w, "acme mach", "", 0, STR_NONE);
    assert_true(strstr(text, "Acme Machinery") && strstr(text, "Machine for Acme") &&
                !strstr(text, "lka"));
    char wanted[128];
    snprintf(wanted, sizeof wanted,
             "{\"entity\":\"customer\",\"id\":\"%lld\",\"title\":\"Acme Machinery\",\"snippet\":",
             (ll)acme);
    assert_non_null(strstr(text, wanted));
    assert_non_null(strstr(text, "\"next\":null"));
    assert_null(strstr(search_json(w, "acme", "customer", 0, STR_NONE), "Machine for Acme"));
    assert_non_null(strstr(search_json(w, "\xD0\xB5lka", "customer", 0, STR_NONE), "lka Machines"));
    assert_json(search_json(w, "nothing at all", "", 0, STR_NONE),
                "{\"results\":[],\"next\":null}");
    assert_fails(w, search_json(w, "acme", "nonsense", 0, STR_NONE), CRM_INVALID, "search_entity");
    assert_fails(w, search_json(w, "acme", "", 1001, STR_NONE), CRM_INVALID, "limit_range");
    /* page by page, each once */
    struct str after = STR_NONE;
    size_t seen = 0;
    for (int i = 0; i < 10; i++) {
        text = search_json(w, "mach", "", 1, after);
        for (const char *at = text; (at = strstr(at, "\"entity\":")) != NULL; at++)
            seen++;
        const char *next = strstr(text, "\"next\":\"");
        if (!next) break;
        after = str_make(next + 8, (size_t)(strchr(next + 8, '"') - next - 8));
    }
    assert_int_equal(seen, 3);
    struct record_list_options o = {.fields = STR("name"),
                                    .search = STR("machin"),
                                    .where = STR("name ~= 'x'"),
                                    .sort = STR("-name"),
                                    .count = STR("exact"),
                                    .action = SCHEMA_ACTION_READ};
    text = list_json(w, "customer", &o);
    assert_true(strstr(text, "lka") && strstr(text, "lka") < strstr(text, "Acme"));
    assert_non_null(strstr(text, "\"value\":2"));
    o.search = STR("nothing at all");
    assert_non_null(strstr(list_json(w, "customer", &o), "\"records\":[]"));
    act_as(w, anna);
    assert_null(strstr(search_json(w, "acme", "", 0, STR_NONE), "Acme"));
}

/* What may not be seen looks the same through one record, a list and a query. */
static void test_unseen(struct world *w) {
    struct actor admin = w->actor;
    int64_t east = make(w, "team", "name", "East"), west = make(w, "team", "name", "West");
    int64_t anna = make_user(w, "anna", "seller", east),
            boris = make_user(w, "boris", "seller", west);
    act_as(w, boris);
    int64_t theirs = make_json(w, "customer", "{\"name\":\"Theirs\"}");
    act_as(w, anna);
    int64_t gone = make_json(w, "customer", "{\"name\":\"Gone\"}"),
            ours = make_json(w, "customer", "{\"name\":\"Ours\"}");
    w->actor = admin;
    char body[512];
    snprintf(body, sizeof body,
             "{\"parent\":\"%lld\",\"partners\":[\"%lld\",\"%lld\"],\"tags\":[]}", (ll)theirs,
             (ll)theirs, (ll)gone);
    must(w, write_json(w, RECORD_UPDATE, "customer", ours, body));
    snprintf(body, sizeof body, "{\"name\":\"Child\",\"parent\":\"%lld\",\"team\":\"%lld\"}",
             (ll)gone, (ll)east);
    int64_t child = make_json(w, "customer", body);
    must(w, one(w, RECORD_DELETE, "customer", gone, NULL, VALUE_OF_NIL));
    for (size_t i = 0; i < 2; i++) {
        if (i == 1) act_as(w, anna);
        const char *fields = "name,parent,parent.name,partners,owner.login,created_by";
        int64_t ids[] = {ours, child};
        for (size_t k = 0; k < 2; k++) {
            snprintf(body, sizeof body, "id == '%lld'", (ll)ids[k]);
            struct record_list_options o = {
                .where = str_from(body), .fields = str_from(fields), .action = SCHEMA_ACTION_READ};
            assert_json(list_json(w, "customer", &o), "{\"records\":[%s],\"next\":null}",
                        get_json(w, "customer", ids[k], fields));
        }
    }
    const char *text = query_json(w, "{\"from\":\"customer\",\"group\":[\"parent\",\"parent.name\"]"
                                     ",\"measures\":{\"n\":\"count()\"}}");
    assert_null(strstr(text, "Theirs"));
    struct record_list_options o = {.where = STR("parent.name == 'Theirs'"),
                                    .action = SCHEMA_ACTION_READ};
    assert_non_null(strstr(list_json(w, "customer", &o), "\"records\":[]"));
    assert_null(strstr(list_json(w, "customer",
                                 &(struct record_list_options){.sort = STR("parent"),
                                                               .action = SCHEMA_ACTION_READ}),
                       "Theirs"));
}

ON_BOTH(test_list)
ON_BOTH(test_unseen)
ON_BOTH(test_search)
ON_BOTH(test_reckoned_order)
ON_BOTH(test_pages)
ON_BOTH(test_list_errors)
ON_BOTH(test_list_forms)
ON_BOTH(test_query)
ON_BOTH(test_query_references)
ON_BOTH(test_query_errors)
ON_BOTH(test_rights)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_list),           BOTH(test_search), BOTH(test_unseen),
        BOTH(test_reckoned_order), BOTH(test_pages),  BOTH(test_list_errors),
        BOTH(test_list_forms),     BOTH(test_query),  BOTH(test_query_references),
        BOTH(test_query_errors),   BOTH(test_rights)};
    return cmocka_run_group_tests(tests, NULL, world_stop);
}
