/* Rights: words and expressions as rules, merged roles, children, hidden fields, nobody. */
#include "schema/fixture.h"

#include "access/access.h"

#define GRANT(n, name) AT(n), .entity = STR(name)
#define READ           SCHEMA_ACTION_READ
#define CREATE         SCHEMA_ACTION_CREATE
#define UPDATE         SCHEMA_ACTION_UPDATE

struct record { /* what the rule may ask of the record at hand */
    const struct schema *schema;
    struct value owner, team;
};

static crm_status get(void *ctx, const struct expr *path, struct value *ret, struct err *err) {
    (void)err;
    const struct record *r = ctx;
    int32_t field = path->path.step[path->path.length - 1].field;
    *ret = field == SCHEMA_STD_OWNER ? r->owner : field == SCHEMA_STD_TEAM ? r->team : VALUE_OF_NIL;
    return CRM_OK;
}

static void add_role(struct fixture *f, struct schema_role_definition role) {
    if (!role.origin.owner.len)
        role.origin = (struct schema_origin){.layer = SCHEMA_LAYER_MODULE,
                                             .owner = STR("sales"),
                                             .file = STR("sales.lua"),
                                             .line = 50};
    assert_int_equal(schema_definitions_add_role(f->definitions, &role, &f->err), CRM_OK);
}

static struct access as(const struct fixture *f, const char *role, int64_t user) {
    struct access a;
    const struct actor actor = {.user = user, .team = 7, .role = str_from(role)};
    access_init(&a, f->plan.schema, &actor);
    return a;
}

static const struct schema_entity *entity(const struct fixture *f, const char *name) {
    return schema_find(f->plan.schema, str_from(name));
}

static bool allows(struct fixture *f, const struct access *a, const char *name, struct value owner,
                   struct value team, int64_t my_team) {
    struct record r = {f->plan.schema, owner, team};
    const struct value tree[] = {value_id(7), value_id(8)};
    const struct expr_env env = {.get = get,
                                 .ctx = &r,
                                 .arena = &f->arena,
                                 .me = a->actor.user,
                                 .my_team = my_team,
                                 .my_tree = tree,
                                 .my_tree_count = 2};
    bool ret = false;
    assert_int_equal(access_allows(a, SCHEMA_ACTION_READ, entity(f, name), &env, &ret, &f->err),
                     CRM_OK);
    return ret;
}

static const struct str employees = {"employees", 9}, name_field = {"name", 4},
                        import = {"import", 6}, amounts = {"amounts", 7};
static const struct str shown[] = {{"login", 5}, {"name", 4}, {"team", 4}};
static const struct schema_grant_definition seller[] = {
    {GRANT(51, "deal"), .rows = {STR("team"), STR("all"), STR("own"), STR("own")}},
    {GRANT(52, "organization"), .rows = {STR("tree")}, .hidden = &employees, .hidden_count = 1,
     .locked = &name_field, .locked_count = 1}};
static const struct schema_grant_definition everyone[] = {
    {GRANT(60, "user"), .rows = {STR("all")}, .only = shown, .only_count = 3}};
static const struct schema_grant_definition whole[] = {{GRANT(70, "*"), .rows = {STR("all")}}};

static void init(struct fixture *f) {
    fixture_init(f);
    fixture_sales(f);
    add_role(f, (struct schema_role_definition){.name = STR("seller"),
                                                .grants = seller,
                                                .grant_count = 2,
                                                .permissions = &import,
                                                .permission_count = 1});
    add_role(f, (struct schema_role_definition){
                    .name = STR("reader"), .grants = whole, .grant_count = 1});
    add_role(f, (struct schema_role_definition){.name = STR("admin"), .admin = true});
    add_role(
        f, (struct schema_role_definition){.name = STR("*"), .grants = everyone, .grant_count = 1});
}

static void test_nobody_may_do_nothing(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access nobody = as(&f, "admin", 0), roleless = as(&f, "", 5),
                        unknown = as(&f, "gone", 5);
    for (size_t i = 0; i < f.plan.schema->entity_count; i++) {
        assert_null(access_rows(&nobody, READ, &f.plan.schema->entities[i]));
        assert_null(access_rows(&roleless, READ, &f.plan.schema->entities[i]));
        assert_null(access_rows(&unknown, READ, &f.plan.schema->entities[i]));
        assert_false(access_field_visible(&roleless, &f.plan.schema->entities[i],
                                          &f.plan.schema->entities[i].fields[0]));
    }
    assert_false(access_permits(&roleless, "import"));
    fixture_fini(&f);
}

static void test_admin_and_system_may_everything(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access admin = as(&f, "admin", 5);
    struct access system;
    access_init(&system, f.plan.schema, &(struct actor){.user = ACTOR_SYSTEM, .system = true});
    for (size_t i = 0; i < f.plan.schema->entity_count; i++) {
        const struct schema_entity *e = &f.plan.schema->entities[i];
        for (int action = 0; action < SCHEMA_ACTION_COUNT; action++) {
            assert_true(access_is_all(access_rows(&admin, (enum schema_action)action, e)));
            assert_true(access_is_all(access_rows(&system, (enum schema_action)action, e)));
        }
        assert_false(access_field_writable(&admin, e, &e->fields[0]));
    }
    const struct schema_entity *deal = entity(&f, "deal");
    assert_false(access_field_writable(&system, deal, schema_field_find(deal, STR("double"))));
    assert_true(access_permits(&admin, "settings"));
    fixture_fini(&f);
}

static void test_own_team_and_tree(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access a = as(&f, "seller", 5);
    const struct value nil = VALUE_OF_NIL;
    assert_true(allows(&f, &a, "deal", value_id(5), nil, 7));
    assert_true(allows(&f, &a, "deal", value_id(6), value_id(7), 7));
    assert_false(allows(&f, &a, "deal", value_id(6), value_id(8), 7));
    assert_true(allows(&f, &a, "organization", value_id(6), value_id(8), 7));
    assert_false(allows(&f, &a, "organization", value_id(6), value_id(9), 7));
    assert_true(access_is_all(access_rows(&a, CREATE, entity(&f, "deal"))));
    assert_null(access_rows(&a, SCHEMA_ACTION_EXPORT, entity(&f, "deal")));
    assert_null(access_rows(&a, UPDATE, entity(&f, "organization")));
    fixture_fini(&f);
}

static void test_absence_grants_nothing(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access a = as(&f, "seller", 5);
    const struct value nil = VALUE_OF_NIL;
    assert_false(allows(&f, &a, "deal", nil, nil, 0)); /* no team on either side */
    assert_false(allows(&f, &a, "organization", nil, nil, 0));
    static const struct schema_grant_definition odd[] = {
        {GRANT(80, "deal"), .rows = {STR("not (owner ~= me()) or owner.team == team")}},
        {GRANT(81, "organization"), .rows = {STR("not (team == my_team())")}}};
    add_role(&f,
             (struct schema_role_definition){.name = STR("odd"), .grants = odd, .grant_count = 2});
    fixture_plan_ok(&f);
    const struct access b = as(&f, "odd", 5);
    assert_false(allows(&f, &b, "deal", nil, nil, 0));
    assert_false(allows(&f, &b, "organization", nil, nil, 0)); /* not (nil == nil) */
    assert_true(allows(&f, &b, "organization", nil, value_id(3), 7));
    fixture_fini(&f);
}

static void test_children_take_the_rules_of_their_parent(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access a = as(&f, "seller", 5);
    const struct schema_entity *line = entity(&f, "deal_line"), *deal = entity(&f, "deal");
    const struct expr *own = access_rows(&a, UPDATE, line);
    assert_non_null(own);
    assert_ptr_not_equal(own, access_rows(&a, UPDATE, deal));
    assert_true(allows(&f, &a, "deal_line", value_id(5), VALUE_OF_NIL, 7));
    assert_false(allows(&f, &a, "deal_line", value_id(6), VALUE_OF_NIL, 7));
    /* create is update of the parent: own, not all */
    assert_false(access_is_all(access_rows(&a, CREATE, line)));
    fixture_fini(&f);

    init(&f);
    static const struct schema_grant_definition wrong[] = {
        {GRANT(90, "deal_line"), .rows = {STR("all")}}};
    add_role(&f, (struct schema_role_definition){
                     .name = STR("wrong"), .grants = wrong, .grant_count = 1});
    fixture_refused(&f, "child_grant", "sales.lua:90");
    fixture_fini(&f);
}

static void test_fields_and_everyone(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access a = as(&f, "seller", 5);
    const struct schema_entity *organization = entity(&f, "organization"),
                               *user = entity(&f, "user");
    assert_false(
        access_field_visible(&a, organization, schema_field_find(organization, STR("employees"))));
    assert_true(
        access_field_visible(&a, organization, schema_field_find(organization, STR("name"))));
    assert_false(
        access_field_writable(&a, organization, schema_field_find(organization, STR("name"))));
    assert_true(
        access_field_writable(&a, organization, schema_field_find(organization, STR("kind"))));
    assert_true(access_is_all(access_rows(&a, READ, user)));
    assert_true(access_field_visible(&a, user, schema_field_find(user, STR("login"))));
    assert_true(access_field_visible(&a, user, schema_field_find(user, STR("id"))));
    assert_false(access_field_visible(&a, user, schema_field_find(user, STR("manager"))));
    assert_null(access_rows(&a, UPDATE, user));
    assert_true(access_permits(&a, "import"));
    assert_false(access_permits(&a, "undo"));
    fixture_fini(&f);
}

static void test_wildcard_leaves_system_entities_alone(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access a = as(&f, "reader", 5);
    assert_true(access_is_all(access_rows(&a, READ, entity(&f, "deal"))));
    assert_true(access_is_all(access_rows(&a, READ, entity(&f, "deal_line"))));
    assert_null(access_rows(&a, READ, entity(&f, "stage")));
    assert_true(access_entity_visible(&a, entity(&f, "user"))); /* by everyone's grant */
    fixture_fini(&f);
}

static void test_hidden_names_do_not_exist_in_expressions(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    fixture_plan_ok(&f);
    const struct access a = as(&f, "seller", 5), admin = as(&f, "admin", 5);
    struct access_scope storage;
    const struct expr *e;
    struct expr_scope scope = access_expr_scope(&storage, &a, entity(&f, "deal"));
    assert_int_equal(
        expr_parse(&f.arena, STR("organization.name == 'x'"), &scope, EXPR_MODE_ROW, &e, &f.err),
        CRM_OK);
    assert_int_equal(
        expr_parse(&f.arena, STR("organization.employees > 1"), &scope, EXPR_MODE_ROW, &e, &f.err),
        CRM_INVALID);
    assert_string_equal(f.err.text.code, "unknown_field");
    assert_int_equal(
        expr_parse(&f.arena, STR("stage.kind == 'won'"), &scope, EXPR_MODE_ROW, &e, &f.err),
        CRM_INVALID);
    scope = access_expr_scope(&storage, &admin, entity(&f, "deal"));
    assert_int_equal(
        expr_parse(&f.arena, STR("organization.employees > 1"), &scope, EXPR_MODE_ROW, &e, &f.err),
        CRM_OK);
    fixture_fini(&f);
}

static void test_roles_merge_over_owners_and_layers(void **state) {
    (void)state;
    struct fixture f;
    init(&f);
    static const struct schema_grant_definition more[] = {{GRANT(61, "tag"), .rows = {STR("all")}}};
    add_role(&f, (struct schema_role_definition){
                     .name = STR("seller"),
                     .grants = more,
                     .grant_count = 1,
                     .origin = {SCHEMA_LAYER_MODULE, STR("base"), STR("base.lua"), 9}});
    static const struct schema_grant_definition admins[] = {
        {.origin = {SCHEMA_LAYER_ADMIN, STR("admin"), STR("admin"), 0},
         .entity = STR("deal"),
         .rows = {STR("all")}}};
    add_role(&f, (struct schema_role_definition){
                     .name = STR("seller"),
                     .grants = admins,
                     .grant_count = 1,
                     .origin = {SCHEMA_LAYER_ADMIN, STR("admin"), STR("admin"), 0}});
    fixture_plan_ok(&f);
    const struct access a = as(&f, "seller", 5);
    assert_true(access_is_all(access_rows(&a, READ, entity(&f, "tag"))));
    assert_true(access_is_all(access_rows(&a, READ, entity(&f, "deal"))));
    assert_null(
        access_rows(&a, UPDATE, entity(&f, "deal"))); /* the later layer's grant stands alone */
    static const struct schema_grant_definition again[] = {
        {GRANT(62, "tag"), .rows = {STR("own")}}};
    add_role(&f, (struct schema_role_definition){
                     .name = STR("seller"), .grants = again, .grant_count = 1});
    fixture_refused(&f, "granted_twice", "sales.lua:62");
    fixture_fini(&f);
}

static void test_wrong_grants_are_refused(void **state) {
    (void)state;
    static const struct schema_grant_definition rule[] = {
        {GRANT(91, "deal"), .rows = {STR("ownr == me()")}}};
    static const struct schema_grant_definition name[] = {
        {GRANT(92, "deals"), .rows = {STR("all")}}};
    static const struct schema_grant_definition hidden[] = {
        {GRANT(93, "deal"), .rows = {STR("all")}, .hidden = &amounts, .hidden_count = 1}};
    const struct {
        const struct schema_grant_definition *grant;
        const char *code, *where;
    } cases[] = {{rule, "similar_field", "sales.lua:91"},
                 {name, "unknown_entity_near", "sales.lua:92"},
                 {hidden, "unknown_field_near", "sales.lua:93"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fixture f;
        init(&f);
        add_role(&f, (struct schema_role_definition){
                         .name = STR("wrong"), .grants = cases[i].grant, .grant_count = 1});
        fixture_refused(&f, cases[i].code, cases[i].where);
        fixture_fini(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_may_do_nothing),
        cmocka_unit_test(test_admin_and_system_may_everything),
        cmocka_unit_test(test_own_team_and_tree),
        cmocka_unit_test(test_absence_grants_nothing),
        cmocka_unit_test(test_children_take_the_rules_of_their_parent),
        cmocka_unit_test(test_fields_and_everyone),
        cmocka_unit_test(test_wildcard_leaves_system_entities_alone),
        cmocka_unit_test(test_hidden_names_do_not_exist_in_expressions),
        cmocka_unit_test(test_roles_merge_over_owners_and_layers),
        cmocka_unit_test(test_wrong_grants_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
