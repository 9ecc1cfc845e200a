/* Before-handlers: what they see, what they may do, how they fail, and that the log tells of them.
 */
#include "script/scripts.h"

static void test_fields_are_read_and_set(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(
        &s,
        "before('customer', function(c, change)\n"
        "  assert(change.verb == 'create' and change.before == nil and change:changed('name') and "
        "not change:changed('parent'))\n"
        "  assert(c.name == 'Acme' and c.staff == 7 and c.vip == true and c.share == 0.25 and "
        "c.founded_on == '2020-02-29')\n"
        "  assert(c.revenue.amount == 1500.5 and c.revenue.currency == 'USD' and c.parent == nil)\n"
        "  assert(c.seen_at == 1000)\n"
        "  c.name = c.name .. ' Ltd'\n"
        "  c.staff = c.staff + 1\n"
        "  c.share = c.share * 2\n"
        "  c.revenue = 1600.75\n"
        "  c.founded_on = '2021-01-31'\n"
        "  c.seen_at = c.seen_at + 1\n"
        "  c.vip = false\n"
        "  c.code = nil\n"
        "end)");
    struct world *w = &s.w;
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    put(c, op, "staff", value_int(7));
    put(c, op, "vip", value_bool(true));
    put(c, op, "why_vip", text("big"));
    put(c, op, "share", value_decimal(250000));
    put(c, op, "revenue", money(150050, "USD"));
    put(c, op, "founded_on", value_date(date_from_civil(2020, 2, 29)));
    put(c, op, "seen_at", value_time(1000));
    put(c, op, "code", text("x"));
    must(w, commit(w, c));
    int64_t id = w->result.outcomes[0].id;
    assert_text(field(w, "customer", id, "name"), "Acme Ltd");
    assert_text(field(w, "customer", id, "greeting"), "Dear Acme Ltd");
    assert_int_equal(field(w, "customer", id, "twice").integer, 16);
    assert_int_equal(field(w, "customer", id, "share").integer, 500000);
    assert_int_equal(field(w, "customer", id, "revenue").integer, 160075);
    assert_int_equal(field(w, "customer", id, "founded_on").integer, date_from_civil(2021, 1, 31));
    assert_int_equal(field(w, "customer", id, "seen_at").integer, 1001);
    assert_false(field(w, "customer", id, "vip").boolean);
    assert_true(value_is_nil(field(w, "customer", id, "code")));
    scripts_close(&s);
}

static void test_before_image_and_references(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(
        &s,
        "before('deal', function(d, change)\n"
        "  if change.verb ~= 'update' then return end\n"
        "  assert(change.before.name == 'First' and d.name == 'Second' and d.id == "
        "change.before.id)\n"
        "  assert(d.customer.name == 'Acme' and d.stage.name == 'New' and d.stage.pipeline.name == "
        "'Sales')\n"
        "  assert(d.customer == change.before.customer and tostring(d.customer) == d.customer.id)\n"
        "  assert(d.customer.parent == nil)\n"
        "  d.next_step = d.customer.name .. '/' .. d.stage.kind .. '/' .. #d.customer.marks\n"
        "end)");
    struct world *w = &s.w;
    int64_t customer = make(w, "customer", "name", "Acme");
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "deal");
    put(c, op, "name", text("First"));
    put(c, op, "customer", value_id(customer));
    must(w, commit(w, c));
    int64_t deal = w->result.outcomes[0].id;
    must(w, one(w, RECORD_UPDATE, "deal", deal, "name", text("Second")));
    assert_text(field(w, "deal", deal, "next_step"), "Acme/open/0");
    scripts_close(&s);
}

static void test_refuse_names_field_and_message(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "before('customer', function(c)\n"
                     "  if c.staff > 100 then crm.refuse('staff', { en = 'Too many', ru = 'Слишком "
                     "много' }) end\n"
                     "  if c.name == 'No' then crm.refuse('Not this one') end\n"
                     "end)");
    struct world *w = &s.w;
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    put(c, op, "name", text("Acme"));
    put(c, op, "staff", value_int(101));
    assert_int_equal(commit(w, c), CRM_REFUSED);
    const struct err *e = w->errors.count ? &w->errors.items[0] : &w->err;
    assert_string_equal(told(w, e), "Too many");
    assert_string_equal(e->field, "staff");
    assert_string_equal(e->text.code, "refused");
    struct buf russian;
    buf_init(&russian, 256);
    err_format(e, LANGUAGE_RU, &russian);
    assert_string_equal(russian.ptr, "Слишком много");
    buf_fini(&russian);
    assert_int_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("No")), CRM_REFUSED);
    must(w, one(w, RECORD_CREATE, "customer", 0, "name", text("Yes")));
    scripts_close(&s);
}

static void test_what_a_handler_sets_is_checked(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "before('customer', function(c)\n"
                     "  if c.name == 'rank' then c.rank = 'bronze' end\n"
                     "  if c.name == 'type' then c.staff = 'many' end\n"
                     "  if c.name == 'rule' then c.staff = -1 end\n"
                     "  if c.name == 'standard' then c.version = 9 end\n"
                     "  if c.name == 'unknown' then c.nmae = 'x' end\n"
                     "  if c.name == 'formula' then c.greeting = 'x' end\n"
                     "  if c.name == 'many' then c.emails = {} end\n"
                     "  if c.name == 'caught' then\n"
                     "    local fine, why = pcall(function() c.staff = 'many' end)\n"
                     "    assert(not fine and why.field == 'staff')\n"
                     "  end\n"
                     "end)");
    struct world *w = &s.w;
    static const char *const names[] = {"rank",    "type",    "rule", "standard",
                                        "unknown", "formula", "many"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        crm_status status = one(w, RECORD_CREATE, "customer", 0, "name", text(names[i]));
        if (status == CRM_OK) print_error("%s was taken\n", names[i]);
        assert_int_not_equal(status, CRM_OK);
    }
    must(w, one(w, RECORD_CREATE, "customer", 0, "name", text("caught")));
    scripts_close(&s);
}

static void test_writes_join_the_plan(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "before('customer', function(c, change)\n"
                     "  if change.verb ~= 'create' then return end\n"
                     "  local visit = crm.create('visit', { subject = 'Welcome ' .. c.name, about "
                     "= nil, customer = c })\n"
                     "  assert(type(visit) == 'string')\n"
                     "end)");
    struct world *w = &s.w;
    must(w, one(w, RECORD_CREATE, "customer", 0, "name", text("Acme")));
    int64_t customer = w->result.outcomes[0].id;
    const struct value wanted = text("Welcome Acme");
    int64_t *ids;
    size_t count = 0;
    must(w, store_begin(w->reader, &w->err));
    must(w, store_record_find(w->reader, entity(w, "visit"), slot(entity(w, "visit"), "subject"),
                              &wanted, false, &w->arena, 10, &ids, &count, &w->err));
    store_rollback(w->reader);
    assert_int_equal(count, 1);
    assert_int_equal(field(w, "visit", ids[0], "customer").integer, customer);
    struct log_changeset log;
    must(w, store_begin(w->reader, &w->err));
    must(w, log_changeset_get(w->reader, w->result.id, &w->arena, &log, &w->err));
    store_rollback(w->reader);
    assert_int_equal(log.changes, 2);
    assert_true(str_is(log.cause, "before t.lua:1"));
    assert_true(log.script_version.len > 0);
    scripts_close(&s);
}

static void test_queries_see_the_snapshot(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s,
                 "before('visit', function(v)\n"
                 "  local q = crm.query('customer'):where('staff >= ? and name ~= ?', 5, \"O'Neil "
                 "\\\"?\\\"\"):sort('-staff')\n"
                 "  assert(q:count() == 2)\n"
                 "  local rows = q:rows()\n"
                 "  assert(#rows == 2 and rows[1].name == 'Big' and rows[2].staff == 5)\n"
                 "  assert(q:first().name == 'Big')\n"
                 "  local names = {}\n"
                 "  q:each(function(c) names[#names + 1] = c.name return #names < 1 end)\n"
                 "  assert(#names == 1)\n"
                 "  local f = crm.query('customer'):group('branch'):measure('n', "
                 "'count()'):measure('most', 'max(staff)'):sort('-n'):rows()\n"
                 "  assert(#f == 2 and f[1].n == 2 and f[1].branch == 'retail' and f[1].most == 9 "
                 "and f[2].branch == nil)\n"
                 "  assert(crm.query('customer'):measure('all', 'sum(staff)'):first().all == 15)\n"
                 "  assert(crm.get('customer', rows[1].id).name == 'Big')\n"
                 "  assert(crm.get('customer', '1') == nil)\n"
                 "  assert(not pcall(crm.query, 'nothing'))\n"
                 "  assert(not pcall(function() return crm.query('customer'):where('staff > "
                 "?'):count() end))\n"
                 "  assert(not pcall(function() return crm.query('customer'):where('staf > "
                 "1'):count() end))\n"
                 "  v.subject = 'seen'\n"
                 "end)");
    struct world *w = &s.w;
    static const struct {
        const char *name, *branch;
        int staff;
    } customers[] = {{"Big", "retail", 9}, {"Mid", "retail", 5}, {"Small", NULL, 1}};
    for (size_t i = 0; i < 3; i++) {
        struct changeset *c = begin(w);
        struct record_op *op = create(w, c, "customer");
        put(c, op, "name", text(customers[i].name));
        put(c, op, "staff", value_int(customers[i].staff));
        if (customers[i].branch) put(c, op, "branch", text(customers[i].branch));
        must(w, commit(w, c));
    }
    int64_t visit = make(w, "visit", "subject", "x");
    assert_text(field(w, "visit", visit, "subject"), "seen");
    scripts_close(&s);
}

static void test_lists_of_the_record_itself(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "before('customer', function(c, change)\n"
                     "  assert(change:changed('phones') == (change.verb == 'create') and not "
                     "change:changed('partners'))\n"
                     "  if #c.emails == 0 then\n"
                     "    crm.update(c, { emails = { { value = 'x@y.example', label = 'work', "
                     "primary = true } }, marks = { 'retail' } })\n"
                     "    assert(c.emails[1].value == 'x@y.example' and c.emails[1].primary and "
                     "c.marks[1] == 'retail')\n"
                     "  end\n"
                     "end)");
    struct world *w = &s.w;
    struct changeset *c = begin(w);
    struct record_op *op = create(w, c, "customer");
    const struct store_item phone = {.value = text("+15550100"), .label = STR("work")};
    put(c, op, "name", text("Acme"));
    assert_true(
        record_op_items(c, op, slot(op->entity, "phones"), RECORD_ITEMS_REPLACE, &phone, 1));
    must(w, commit(w, c));
    int64_t id = w->result.outcomes[0].id;
    struct store_item *emails;
    assert_int_equal(items(w, "customer", id, "emails", &emails), 1);
    assert_true(str_is(emails[0].label, "work"));
    must(w, one(w, RECORD_UPDATE, "customer", id, "name", text("Acme 2")));
    assert_int_equal(items(w, "customer", id, "emails", &emails), 1);
    scripts_close(&s);
}

static void test_walks_need_the_memory_of_a_page(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "before('visit', function(v)\n"
                     "  local first, last, n = nil, nil, 0\n"
                     "  local seen = crm.query('customer'):sort('staff'):each(function(c)\n"
                     "    assert(last == nil or c.staff > last.staff)\n"
                     "    first = first or c\n"
                     "    last, n = c, n + 1\n"
                     "  end)\n"
                     "  assert(n == 450 and seen == 450 and first.staff == 1 and first.name == "
                     "'C1' and last.staff == 450)\n"
                     "  assert(crm.query('customer'):limit(210):each(function() end) == 210)\n"
                     "  assert(#crm.query('customer'):limit(201):rows() == 201)\n"
                     "  assert(not pcall(function() crm.query('customer'):each(function() "
                     "error('stop') end) end))\n"
                     "end)");
    struct world *w = &s.w;
    struct changeset *c = begin(w);
    for (int i = 1; i <= 450; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "C%d", i);
        struct record_op *op = create(w, c, "customer");
        put(c, op, "name", value_text(arena_str(&w->arena, str_from(name))));
        put(c, op, "staff", value_int(i));
    }
    must(w, commit(w, c));
    (void)make(w, "visit", "subject", "x");
    scripts_close(&s);
}

static void test_rights_of_the_actor(void **state) {
    (void)state;
    struct scripts s;
    scripts_more = "role 'visitor' { entities = { visit = { read = true, create = true }, "
                   "customer = { read = 'own', hidden = { 'notes' } } } }";
    scripts_open(&s, "before('visit', function(v)\n"
                     "  v.subject = tostring(crm.query('customer'):count()) .. '/' .. "
                     "tostring(v.customer and v.customer.name)\n"
                     "  assert(not pcall(function() return crm.me().role end))\n"
                     "  assert(not pcall(crm.query, 'setting'))\n"
                     "  assert(crm.me().login == 'ann')\n"
                     "end)");
    scripts_more = "";
    struct world *w = &s.w;
    int64_t ann = make_user(w, "ann", "visitor", 0);
    int64_t other = make(w, "customer", "name", "Other's");
    act_as(w, ann);
    must(w, one(w, RECORD_CREATE, "visit", 0, "subject", text("x")));
    int64_t visit = w->result.outcomes[0].id;
    assert_text(field(w, "visit", visit, "subject"), "0/nil");
    assert_true(other != 0);
    scripts_close(&s);
}

static void test_failures_carry_place_and_leave_a_row(void **state) {
    (void)state;
    struct scripts s;
    scripts_open(&s, "before('customer', function(c)\n"
                     "  if c.name == 'bug' then\n"
                     "    local x = nil + 1\n"
                     "  elseif c.name == 'loop' then\n"
                     "    while true do end\n"
                     "  end\n"
                     "  keep = keep or c\n"
                     "  if c.name == 'stale' then return keep.name end\n"
                     "end)");
    struct world *w = &s.w;
    assert_int_not_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("bug")), CRM_OK);
    assert_string_equal(w->err.where, "t.lua:3");
    assert_int_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("loop")), CRM_TIMEOUT);
    must(w, one(w, RECORD_CREATE, "customer", 0, "name", text("fine")));
    assert_int_not_equal(one(w, RECORD_CREATE, "customer", 0, "name", text("stale")), CRM_OK);
    assert_string_equal(w->err.text.code, "script_stale");
    const struct store_select runs = {.table = sys_table(SYS_TABLE_RUN)};
    const struct store_value *row;
    must(w,
         one(w, RECORD_CREATE, "customer", 0, "name", text("flush"))); /* behind the posted rows */
    must(w, store_begin(w->reader, &w->err));
    must(w, store_first(w->reader, &runs, &w->arena, &row, &w->err));
    store_rollback(w->reader);
    assert_non_null(row);
    scripts_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_are_read_and_set),
        cmocka_unit_test(test_before_image_and_references),
        cmocka_unit_test(test_refuse_names_field_and_message),
        cmocka_unit_test(test_what_a_handler_sets_is_checked),
        cmocka_unit_test(test_writes_join_the_plan),
        cmocka_unit_test(test_queries_see_the_snapshot),
        cmocka_unit_test(test_lists_of_the_record_itself),
        cmocka_unit_test(test_walks_need_the_memory_of_a_page),
        cmocka_unit_test(test_rights_of_the_actor),
        cmocka_unit_test(test_failures_carry_place_and_leave_a_row),
    };
    const struct CMUnitTest in_workers[] = {
        cmocka_unit_test(test_fields_are_read_and_set),
        cmocka_unit_test(test_before_image_and_references),
        cmocka_unit_test(test_refuse_names_field_and_message),
        cmocka_unit_test(test_what_a_handler_sets_is_checked),
        cmocka_unit_test(test_writes_join_the_plan),
        cmocka_unit_test(test_queries_see_the_snapshot),
        cmocka_unit_test(test_lists_of_the_record_itself),
        cmocka_unit_test(test_walks_need_the_memory_of_a_page),
        cmocka_unit_test(test_rights_of_the_actor),
    };
    int failed = SCRIPTS_ON_BOTH(tests);
    return failed + SCRIPTS_IN_WORKERS(in_workers);
}
