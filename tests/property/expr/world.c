/* The pools and the filling of records; see world.h. */
#include "expr/world.h"

#include "expr/coverage.h"

static const char *const texts[] = {"",        "a",   "A",       "abc", "ABC",  "b",       "Анна",
                                    "анна",    "Ёж",  "еж",      "ЁЖ",  "Café", "cafe",    "straße",
                                    "STRASSE", "й",   "Й",       "и",   "100%", "a_b",     "😀",
                                    "ﬁx",      "fix", "12",      "won", "lost", "open",    "x y",
                                    "O'Ne",    "\\",  "Анна Ёж", "ab",  "zz",   "Ångström"};
static const char *const dates[] = {
    "2024-01-31", "2024-02-29", "2023-12-31", "2024-01-01", "2024-03-31", "2024-04-01",
    "2023-02-28", "2011-12-30", "2018-11-04", "1970-01-01", "1969-12-31", "2024-02-26",
    "0001-01-01", "9999-12-31", "1899-06-15", "2150-07-01", "2024-02-15"};
static const char *const times[] = {
    "2024-01-31T23:59:59.999Z", "2024-02-01T00:00:00Z", "2024-03-10T06:59:59Z",
    "2024-03-10T07:00:00Z",     "2024-03-31T21:00:00Z", "2023-12-31T21:00:00Z",
    "2023-12-31T20:59:59Z",     "2011-12-30T10:00:00Z", "2018-11-04T03:00:00Z",
    "1969-12-31T23:59:59.5Z",   "1970-01-01T00:00:00Z", "2024-11-03T05:30:00Z",
    "2150-07-01T03:00:00Z",     "1899-06-15T12:00:00Z", "2024-02-29T18:15:00Z"};
static const int64_t integers[] = {0,   1,  -1, 2,       7,          10,
                                   100, -3, 60, 1000000, 3000000000, 9007199254740993};
static const int64_t decimals[] = {0,       500000,   -500000, 1500000,       2500000, 1,        -1,
                                   1234567, -3250000, 7000000, 1000000500000, 333333,  100000000};
static const int64_t amounts[] = {0, 1, -1, 50, 100, 12345, -250, 99999, 5, 700, 100000000};
static const char *const currencies[] = {"USD", "EUR", "JPY", "KWD"};
static const char *const zones[] = {"Europe/Moscow", "America/New_York",  "Asia/Kathmandu",
                                    "Pacific/Apia",  "America/Sao_Paulo", "UTC"};
#define PICK(r, pool) ((pool)[random_below((r), sizeof(pool) / sizeof((pool)[0]))])

enum { NIL_PERCENT = 22, RATELESS_PERCENT = 15 };

const char *world_text_literal(struct random *r) { return PICK(r, texts); }
const char *world_date_literal(struct random *r) { return PICK(r, dates); }
const char *world_time_literal(struct random *r) { return PICK(r, times); }

static struct value random_money(struct random *r) {
    struct value v = sample_money(PICK(r, amounts), PICK(r, currencies), PICK(r, amounts));
    v.has_base = !random_percent(r, RATELESS_PERCENT);
    return v;
}

/* First id and count of the records of an entity; record ids are entity * 100 + number. */
static int64_t random_record(struct random *r, int32_t entity) {
    static const size_t counts[SAMPLE_ENTITY_END] = {[SAMPLE_DEAL] = WORLD_DEALS,
                                                     [SAMPLE_USER] = 4,
                                                     [SAMPLE_TEAM] = 4,
                                                     [SAMPLE_STAGE] = 4,
                                                     [SAMPLE_ORG] = 5};
    if (entity == 0) entity = SAMPLE_USER;
    return entity * 100 +
           (int64_t)random_below(r, counts[entity] + 1); /* one more: refers to nothing */
}

static struct value random_scalar(struct random *r, enum value_type type, int32_t entity) {
    switch (type) {
    case VALUE_BOOL:
        return value_bool(random_percent(r, 50));
    case VALUE_INT:
        return value_int(PICK(r, integers));
    case VALUE_DECIMAL:
        return value_decimal(PICK(r, decimals));
    case VALUE_MONEY:
        return random_money(r);
    case VALUE_TEXT:
        return sample_text(PICK(r, texts));
    case VALUE_DATE:
        return sample_date(PICK(r, dates));
    case VALUE_TIME:
        return sample_time(PICK(r, times));
    default:
        return value_id(random_record(r, entity));
    }
}

static void fill(struct sample_row *row, struct random *r) {
    for (int32_t i = 1; i < SAMPLE_FIELD_COUNT; i++) {
        const struct sample_field *f = &sample_fields[i];
        if (f->entity != row->entity || random_percent(r, NIL_PERCENT)) continue;
        if (f->type.type != VALUE_LIST) {
            row->values[i] = random_scalar(r, f->type.type, f->type.entity);
            continue;
        }
        struct value items[SAMPLE_ITEMS_MAX];
        size_t count = random_below(r, SAMPLE_ITEMS_MAX);
        for (size_t n = 0; n < count; n++)
            items[n] = random_scalar(r, f->type.item, f->type.entity);
        sample_set_list(row, f->name, items, count);
    }
}

static void fill_rows(struct world *w, struct random *r) {
    size_t count = 0;
    for (int32_t entity = SAMPLE_DEAL; entity < SAMPLE_ENTITY_END; entity++) {
        size_t rows = entity == SAMPLE_DEAL ? WORLD_DEALS : 4;
        for (size_t n = 0; n < rows; n++) {
            struct sample_row *row = &w->rows[count++];
            *row = (struct sample_row){.entity = entity, .id = entity * 100 + (int64_t)n};
            fill(row, r);
            if (entity == SAMPLE_DEAL) sample_set(row, "id", value_id(row->id));
        }
    }
    w->sample = (struct sample_world){.rows = w->rows, .count = count};
}

static void set_company(struct world *w, const char *zone, const char *base) {
    struct store_company *c = &w->company;
    assert_int_equal(zone_open(str_from(zone), &w->zone, NULL), CRM_OK);
    c->zone = w->zone;
    assert_true(currency_parse(str_from(base), &c->base_currency));
    c->base_digits = currency_digits(c->base_currency);
    c->week_start = c->fiscal_month = 1;
}

static void set_env(struct world *w) {
    const struct store_company *c = &w->company;
    w->env = (struct expr_env){.get = sample_get,
                               .ctx = &w->sample,
                               .zone = w->zone,
                               .my_tree = w->tree,
                               .week_start = c->week_start,
                               .fiscal_month = c->fiscal_month,
                               .base_currency = c->base_currency,
                               .base_digits = c->base_digits};
}

static void init_coverage(struct world *w, const char *zone) {
    *w = (struct world){0};
    arena_init(&w->arena, SAMPLE_ARENA_BYTES);
    set_company(w, zone, "EUR");
    set_env(w);
    for (size_t i = 0; i < WORLD_DEALS; i++) {
        struct sample_row rows[4];
        coverage_fill(rows, (enum coverage_class)(i % COVERAGE_CLASSES), (int64_t)i);
        w->rows[i] = rows[0];
        for (size_t other = 1; other < 4; other++)
            w->rows[WORLD_DEALS + i * 3 + other - 1] = rows[other];
    }
    w->sample = (struct sample_world){.rows = w->rows, .count = WORLD_DEALS * 4};
}

void world_init_coverage(struct world *w) { init_coverage(w, "Europe/Moscow"); }

void world_init_skipped_day(struct world *w) {
    init_coverage(w, "Pacific/Apia");
    int64_t first = sample_date("2011-12-28").integer;
    for (int64_t i = 0; i < WORLD_DEALS; i++) {
        if (i >= 10) continue; /* some stay as they are */
        sample_set(&w->rows[i], "due_on", value_date(first + i % 5));
        sample_set(&w->rows[i], "closed_on", value_date(first + i / 2));
        sample_set(&w->rows[i], "made_at", value_time((first + i / 2) * MS_PER_DAY + 36000000));
    }
}

void world_init(struct world *w, struct random *r) {
    static const char *const bases[] = {"EUR", "EUR", "JPY", "KWD"};
    *w = (struct world){0};
    arena_init(&w->arena, SAMPLE_ARENA_BYTES);
    set_company(w, PICK(r, zones), PICK(r, bases));
    fill_rows(w, r);
    w->tree[0] = value_id(300);
    w->tree[1] = value_id(302);
    struct store_company *c = &w->company;
    if (random_percent(r, 40)) c->week_start = (int)random_below(r, 7) + 1;
    if (random_percent(r, 40)) c->fiscal_month = (int)random_below(r, 12) + 1;
    set_env(w);
    w->env.now_ms = sample_time(PICK(r, times)).integer;
    w->env.me = random_percent(r, 80) ? 201 : 0;
    w->env.my_team = random_percent(r, 80) ? 302 : 0;
    w->env.my_tree_count = random_percent(r, 80) ? 2 : 0;
}

void world_fini(struct world *w) {
    zone_close(w->zone);
    arena_fini(&w->arena);
}
