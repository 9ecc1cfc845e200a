/* crm.query: lists, counts, figures and search over many records, as the view's actor.
 *
 * Expressions and field lists are texts of the language that REST and definitions use; errors point
 * at the place. Threads: the view's; never from an inline route without a limit. */
#ifndef CRM_QUERY_H
#define CRM_QUERY_H

#include <crm/record.h>

#define CRM_QUERY_SERVICE "crm.query"
#define CRM_QUERY_VERSION 2

enum crm_trash { CRM_LIVING = 0, CRM_TRASHED = 1, CRM_LIVING_AND_TRASHED = 2 };

struct crm_list {
    uint32_t size;
    int32_t action; /* enum crm_action: READ, EXPORT ...: which right is asked for */
    int32_t trash;  /* enum crm_trash */
    int64_t limit;  /* rows at most; 0 = all for list_each, 50 for page */
    const struct crm_entity *entity;
    struct crm_str
        fields; /* paths, comma-separated; empty = all fields that the actor sees, in their order */
    struct crm_str where; /* expression; empty = all */
    struct crm_str sort;  /* "-amount,name"; empty = by id */
    struct crm_str after; /* page: cursor of the page before */
    struct crm_str
        search;       /* words that the records must have, at most 1,000 of them; empty = none */
    int64_t as_of_ms; /* page_json: as things were then, of at most 10,000 records; 0 = now */
};

struct crm_page {
    uint32_t size;
    const struct crm_row *rows;
    size_t count;
    struct crm_str next; /* empty at the end */
};

/* A measured table: `group` and `measures` are expression texts; cells of a row are the group keys
 * and then the measures, in this order. */
struct crm_figures {
    uint32_t size;
    int32_t action;
    int64_t limit; /* 0 = 10,000 */
    const struct crm_entity *entity;
    struct crm_str where;
    const struct crm_str *group;
    size_t group_count;
    const struct crm_str *measures;
    size_t measure_count;
    const int16_t *sort; /* position of a cell + 1, negative = descending */
    size_t sort_count;
    int64_t as_of_ms; /* as things were then, of at most 10,000 records, by their keys; 0 = now */
};

struct crm_figures_row {
    const struct crm_value *cells;
    const struct crm_str *titles; /* of group keys that are references */
};

struct crm_hit {
    const struct crm_entity *entity;
    int64_t id;
    struct crm_str title, snippet;
};

/* Return CRM_OK to go on, CRM_CANCELLED to stop quietly, anything else to fail with `err` as
 * filled. */
typedef crm_status (*crm_row_fn)(void *ctx, const struct crm_row *row, struct crm_error *err);

#define CRM_QUERY_TABLE(X)                                                                         \
    /* Every row, in pages by key, memory of one page at a time; no writes of others are seen      \
     * meanwhile. */                                                                               \
    X(crm_status, list_each,                                                                       \
      (struct crm_view * view, const struct crm_list *list, crm_row_fn fn, void *ctx,              \
       struct crm_error *err))                                                                     \
    X(crm_status, page,                                                                            \
      (struct crm_view * view, const struct crm_list *list, struct crm_page *ret,                  \
       struct crm_error *err))                                                                     \
    /* The answer of GET records/{entity} for these options. */                                    \
    X(crm_status, page_json,                                                                       \
      (struct crm_view * view, const struct crm_list *list, struct crm_json *out,                  \
       struct crm_error *err))                                                                     \
    /* The fields that `fields` of such a list names, for headers: at most `max`; returns how many \
     * there are. *ret_paths their texts. */                                                       \
    X(crm_status, list_fields,                                                                     \
      (struct crm_view * view, const struct crm_list *list, const struct crm_field **fields,       \
       struct crm_str *paths, size_t max, size_t *ret_count, struct crm_error *err))               \
    /* A cell as REST shows it: references {"id","title"}, labelled lists, links with their        \
     * attributes. `f` as list_fields gives it. */                                                 \
    X(void, cell_json,                                                                             \
      (struct crm_view * view, const struct crm_field *f, const struct crm_cell *cell,             \
       struct crm_json *out))                                                                      \
    X(crm_status, count,                                                                           \
      (struct crm_view * view, const struct crm_list *list, int64_t *ret, struct crm_error *err))  \
    X(crm_status, figures,                                                                         \
      (struct crm_view * view, const struct crm_figures *figures,                                  \
       const struct crm_figures_row **ret_rows, size_t *ret_count, struct crm_error *err))         \
    /* `entity` NULL: across all that the actor may read. */                                       \
    X(crm_status, search,                                                                          \
      (struct crm_view * view, const struct crm_entity *entity, struct crm_str text,               \
       int64_t limit, const struct crm_hit **ret_hits, size_t *ret_count, struct crm_error *err))  \
    /* Whether such a table can be asked for by this actor: its texts are read, nothing is         \
     * counted. CRM_INVALID where one names what the actor may not see. */                         \
    X(crm_status, figures_check,                                                                   \
      (struct crm_view * view, const struct crm_figures *figures, struct crm_error *err))

CRM_TABLE(crm_query, CRM_QUERY_TABLE)

#endif
