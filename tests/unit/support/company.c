/* The made-up company's definitions; see store.h. */
#include "support/store.h"

#define AT                                                                                         \
    .origin = {                                                                                    \
        .layer = SCHEMA_LAYER_MODULE, .owner = STR("sales"), .file = STR("sales.lua"), .line = 1}
#define FIELD(word, kind) AT, .name = STR(word), .type = SCHEMA_FIELD_##kind

static void add_entity(struct test_store *t, struct schema_entity_definition it) {
    it.origin = (struct schema_origin){
        .layer = SCHEMA_LAYER_MODULE, .owner = STR("sales"), .file = STR("sales.lua"), .line = 1};
    assert_int_equal(schema_definitions_add_entity(t->definitions, &it, &t->err), CRM_OK);
}

static void add_people(struct test_store *t) {
    static const struct schema_field_definition user[] = {{FIELD("login", TEXT), .unique = true},
                                                          {FIELD("name", TEXT), .search = true}};
    static const struct schema_field_definition named[] = {{FIELD("name", TEXT)}};
    static const struct schema_field_definition stage[] = {
        {FIELD("name", TEXT)},
        {FIELD("kind", TEXT)},
        {FIELD("probability", INTEGER)},
        {FIELD("pipeline", REF), .entity = STR("pipeline")}};
    add_entity(t, (struct schema_entity_definition){.name = STR("user"),
                                                    .title = STR("name"),
                                                    .fields = user,
                                                    .field_count = COUNT_OF(user),
                                                    .resident = true});
    add_entity(t, (struct schema_entity_definition){.name = STR("team"),
                                                    .title = STR("name"),
                                                    .fields = named,
                                                    .field_count = 1,
                                                    .resident = true});
    add_entity(t, (struct schema_entity_definition){.name = STR("tag"),
                                                    .title = STR("name"),
                                                    .fields = named,
                                                    .field_count = 1,
                                                    .resident = true});
    add_entity(t, (struct schema_entity_definition){.name = STR("pipeline"),
                                                    .title = STR("name"),
                                                    .fields = named,
                                                    .field_count = 1,
                                                    .resident = true});
    add_entity(t, (struct schema_entity_definition){.name = STR("stage"),
                                                    .title = STR("name"),
                                                    .fields = stage,
                                                    .field_count = COUNT_OF(stage),
                                                    .resident = true});
}

static void add_sales(struct test_store *t) {
    static const struct schema_directory_item items[] = {{.code = STR("gold"), .active = true},
                                                         {.code = STR("silver"), .active = true}};
    static const struct schema_directory_definition kind = {AT, .name = STR("kind"), .items = items,
                                                            .item_count = 2};
    static const struct schema_field_definition organization[] = {
        {FIELD("name", TEXT), .search = true, .sort = true},
        {FIELD("kind", CHOICE), .directory = STR("kind")},
        {FIELD("kinds", CHOICES), .directory = STR("kind")},
        {FIELD("emails", LABELLED), .labelled = SCHEMA_LABELLED_EMAIL, .search = true},
        {FIELD("employees", INTEGER)},
        {FIELD("secret", TEXT)},
        {FIELD("founded", DATE)}};
    static const struct schema_field_definition link[] = {{FIELD("part", TEXT)},
                                                          {FIELD("share", DECIMAL)}};
    static const struct schema_field_definition deal[] = {
        {FIELD("name", TEXT), .search = true, .sort = true},
        {FIELD("number", TEXT), .unique = true},
        {FIELD("organization", REF), .entity = STR("organization")},
        {FIELD("amount", MONEY), .sort = true},
        {FIELD("closed_on", DATE), .sort = true},
        {FIELD("score", DECIMAL)},
        {FIELD("open", BOOLEAN)},
        {FIELD("notes", LONG_TEXT), .search = true},
        {FIELD("about", REF_ANY)},
        {FIELD("colleagues", LINKS), .entity = STR("user"), .attributes = link,
         .attribute_count = COUNT_OF(link)},
        {FIELD("double", FORMULA), .formula = STR("amount * 2")},
        {FIELD("weighted", FORMULA), .formula = STR("amount * stage.probability / 100")},
        {FIELD("lines", CHILDREN), .entity = STR("deal_line"), .by = STR("deal")}};
    static const struct schema_field_definition line[] = {
        {FIELD("deal", REF), .entity = STR("deal")},
        {FIELD("product", TEXT)},
        {FIELD("price", MONEY)}};
    assert_int_equal(schema_definitions_add_directory(t->definitions, &kind, &t->err), CRM_OK);
    add_entity(t, (struct schema_entity_definition){.name = STR("organization"),
                                                    .title = STR("name"),
                                                    .fields = organization,
                                                    .field_count = COUNT_OF(organization),
                                                    .substring_search = true});
    add_entity(t, (struct schema_entity_definition){.name = STR("deal"),
                                                    .title = STR("name"),
                                                    .fields = deal,
                                                    .field_count = COUNT_OF(deal),
                                                    .pipeline = true});
    add_entity(t, (struct schema_entity_definition){.name = STR("deal_line"),
                                                    .title = STR("product"),
                                                    .fields = line,
                                                    .field_count = COUNT_OF(line)});
}

#define ALL                                                                                        \
    { STR("all"), STR("all"), STR("all"), STR("all"), STR("all") }
#define OWN                                                                                        \
    { STR("own"), STR("own"), STR("own"), STR("own"), STR("own") }

static void add_roles(struct test_store *t) {
    static const struct str hidden[] = {STR("secret")};
    static const struct schema_grant_definition everything[] = {
        {AT, .entity = STR("*"), .rows = ALL}};
    static const struct schema_grant_definition own[] = {
        {AT, .entity = STR("*"), .rows = ALL},
        {AT, .entity = STR("organization"), .rows = OWN, .hidden = hidden, .hidden_count = 1},
        {AT, .entity = STR("deal"),
         .rows = {STR("owner == me() or organization.owner == me()"), STR("own"), STR("own"),
                  STR("own"), STR("own")}}};
    const struct schema_role_definition roles[] = {
        {AT, .name = STR("manager"), .label = {{STR("Manager"), STR("Руководитель")}},
         .grants = everything, .grant_count = COUNT_OF(everything)},
        {AT, .name = STR("rep"), .label = {{STR("Rep"), STR("Менеджер")}}, .grants = own,
         .grant_count = COUNT_OF(own)}};
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        assert_int_equal(schema_definitions_add_role(t->definitions, &roles[i], &t->err), CRM_OK);
}

void test_store_define(struct test_store *t) {
    assert_int_equal(schema_definitions_new(&t->definitions, &t->err), CRM_OK);
    add_people(t);
    add_sales(t);
    add_roles(t);
}
