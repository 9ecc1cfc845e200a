/* The semantic layer: what metrics, dimensions and reports the definitions declare, each once.
 *
 * A catalog is made from one generation of the definitions, immutable and counted; it knows names
 * and texts only, rights come in when a report runs. A definition that cannot hold (an unknown
 * name, one figure under two names, two under one label) is left out of it with the reason kept, so
 * that a plugin's mistake takes nothing else away. Threads: any. */
#ifndef MODULES_REPORTS_CATALOG_H
#define MODULES_REPORTS_CATALOG_H

#include <pthread.h>

#include <crm/services.h>

enum {
    REPORT_ROWS_MAX = 4,
    REPORT_COLUMNS_MAX = 3,
    REPORT_DIMENSIONS_MAX = REPORT_ROWS_MAX + REPORT_COLUMNS_MAX,
    REPORT_METRICS_MAX = 16,
    REPORT_FILTERS_MAX = 12,
    REPORT_LIMIT_MAX = 10000,
    NO_PERIOD = -1
};

struct label {
    struct crm_str en, ru;
};
static inline struct crm_str label_in(const struct label *l, int32_t language) {
    return language == CRM_LANGUAGE_RU && l->ru.len ? l->ru : l->en;
}

/* A text for every entity, or for one of them. */
struct by_entity {
    struct crm_str entity; /* empty: every one */
    struct crm_str text;
};

struct origin {
    struct crm_str name, owner, place;
};

struct metric {
    struct origin origin;
    struct label label, note;
    struct crm_str keeper;                     /* who answers for the wording */
    struct crm_str entity, measure, where, on; /* empty `entity`: a formula */
    struct crm_str formula, unit;
    struct crm_str input; /* what a reader may set instead, or a word of inputs.h; empty: none */
    struct crm_str flag_above;  /* figures above are to be looked at; empty: none */
    const struct by_entity *by; /* `entity`: a dimension, whose path for this metric is `text` */
    size_t by_count;
    bool additive; /* figures of parts add up to the figure of the whole */
};

struct dimension {
    struct origin origin;
    struct label label;
    const struct by_entity *paths;
    size_t path_count;
    int32_t period;       /* enum crm_period, NO_PERIOD: not of time */
    struct crm_str order; /* field of the reference */
    const struct by_entity *label_codes;
    const struct label *labels; /* of values, beside label_codes */
    size_t label_count;
};

/* What is known of a report that people made; id 0: it comes from the definitions. */
struct saved_facts {
    int64_t id, author;
    struct crm_str author_name;
    bool certified;
};

struct report {
    struct origin origin;
    struct label label, help;
    struct crm_str group, period, compare, sort, chart;
    const struct by_entity *where;
    size_t where_count;
    const struct dimension *dimensions[REPORT_DIMENSIONS_MAX]; /* rows, then columns */
    size_t row_count, dimension_count;
    const struct metric *metrics[REPORT_METRICS_MAX];
    size_t metric_count;
    const struct dimension *filters[REPORT_FILTERS_MAX];
    size_t filter_count;
    int64_t limit;                  /* rows shown; 0 = all */
    struct crm_str form;            /* how it is laid out; empty: a table */
    bool numbers;                   /* rows are counted */
    const struct by_entity *colors; /* `entity`: a metric, `text`: "0.2..0.4", from bad to good */
    size_t color_count;
    struct saved_facts saved;
};

/* A definition that does not hold. */
struct problem {
    struct crm_str kind, name, owner, place;
    struct crm_error *reason;
};

struct catalog {
    int64_t generation;
    struct crm_arena *arena;
    int references; /* under the keeper's lock */
    struct metric *metrics;
    size_t metric_count;
    struct dimension *dimensions;
    size_t dimension_count;
    struct report *reports;
    size_t report_count;
    struct problem *problems;
    size_t problem_count, problem_capacity;
};

/* Keeps the catalog of the newest generation that was asked for. */
struct catalogs {
    const struct crm *crm;
    pthread_mutex_t lock;
    struct catalog *newest;
};
void catalogs_init(struct catalogs *all, const struct crm *crm);
void catalogs_fini(struct catalogs *all);
/* Counted: give it back. */
crm_status catalog_take(struct catalogs *all, struct crm_view *view, struct catalog **ret,
                        struct crm_error *err);
void catalog_give(struct catalogs *all, struct catalog *c);

const struct metric *catalog_metric(const struct catalog *c, struct crm_str name);       /* NULL */
const struct dimension *catalog_dimension(const struct catalog *c, struct crm_str name); /* NULL */
const struct report *catalog_report(const struct catalog *c, struct crm_str name);       /* NULL */
/* The expression by which the dimension parts records of the entity; empty: it knows none. For a
 * period that is made from the metric's own date, see plan.h. */
struct crm_str dimension_path(const struct dimension *d, struct crm_str entity);
/* What the metric says itself of the dimension, else the dimension of its entity. */
struct crm_str metric_path(const struct metric *m, const struct dimension *d);
bool metric_by_same(const struct metric *a, const struct metric *b);
/* The text for an entity; empty where there is none. */
struct crm_str text_for(const struct by_entity *all, size_t count, struct crm_str entity);

/* `name(...)` and nothing around it; one whose parts add up to the whole. */
bool measure_is_aggregate(struct crm_str measure);
bool measure_is_additive(struct crm_str measure);

/* ---- private to catalog*.c ----------------------------------------------------------------------
 */

struct reading {
    const struct crm *crm;
    struct catalog *catalog; /* where names are looked up */
    struct crm_arena *arena; /* where texts are kept */
    const struct crm_definition_facts *facts;
    const struct crm_json_value *json;
    struct crm_error *err;
};
crm_status metric_read(struct reading *r, struct metric *ret);
crm_status dimension_read(struct reading *r, struct dimension *ret);
/* After all metrics and dimensions. */
crm_status report_read(struct reading *r, struct report *ret);
crm_status definition_wrong_kind(struct reading *r, const char *key, const char *wanted);
crm_status definition_only(struct reading *r, const char *const *keys, size_t count);
crm_status definition_label(struct reading *r, const char *key, struct label *ret);
crm_status definition_str(struct reading *r, const char *key, struct crm_str *ret);
/* One text or a list of them. */
crm_status definition_list(struct reading *r, const char *key, size_t max, struct crm_str *ret,
                           size_t *ret_count);
/* One text, or a map from entity to text. */
crm_status definition_by_entity(struct reading *r, const char *key, const struct by_entity **ret,
                                size_t *ret_count);
/* How it is laid out and coloured, and that what it draws adds up. look.c */
crm_status report_look(struct reading *r, struct report *ret);
/* What two metrics cannot both be; and a formula that names nothing or itself. */
crm_status metric_check(struct reading *r, const struct metric *m);

#endif
