/* Reading for the doors: one record, lists, queries, history and the past, as JSON written straight
 * into the output. One implementation for REST, command line, scripts' JSON and export.
 *
 * Everything is under struct access. Threads: the connection's. */
#ifndef RECORD_READ_H
#define RECORD_READ_H

#include "base/json.h"
#include "record/changeset.h"
#include "record/resident.h"

struct record_view {
    struct engine *engine;
    struct store_conn *conn;
    const struct access *access;
    const struct resident *resident;
    const struct company *company;
    struct arena *arena;
    int64_t now_ms;
    struct read_cache *cache; /* titles met so far; arena */
};
/* `access` must stay; company and resident data are held until record_view_fini. */
crm_status record_view_init(struct record_view *v, struct engine *e, struct store_conn *c,
                            const struct access *access, struct arena *a, struct err *err);
void record_view_fini(struct record_view *v);

/* `fields`: comma-separated paths; empty = all visible ones of the entity (children nested). */
crm_status record_get_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                           struct str fields, struct json_writer *out, int64_t *ret_version,
                           struct err *err);
/* The record that the changeset's op `op` has just made, from what was written where that is all
 * there is to know, else read. */
crm_status record_made_json(struct record_view *v, const struct changeset_result *made, size_t op,
                            struct str fields, struct json_writer *out, int64_t *ret_version,
                            struct err *err);
struct record_list_options {
    struct str where, sort, fields, after, count; /* as in api.md, text */
    struct str search;                            /* full text within the entity */
    int64_t limit;                                /* 0 = 50 */
    int64_t as_of_ms; /* 0 = now; else the records of that moment: entities of up to 10,000
                         records, beyond that CRM_REFUSED; no search */
    enum store_trash trash;
    enum schema_action action;
};
crm_status record_list_json(struct record_view *v, const struct schema_entity *e,
                            const struct record_list_options *o, struct json_writer *out,
                            struct err *err);
/* POST query: body as api.md. */
crm_status record_query_json(struct record_view *v, const json_t *body, struct json_writer *out,
                             struct err *err);
crm_status record_search_json(struct record_view *v, struct str text, struct str entities,
                              int64_t limit, struct str after, struct json_writer *out,
                              struct err *err);
struct record_history_options {
    int64_t limit; /* 0 = 50 */
    struct str after;
    struct str fields; /* changes: updates of these fields only; empty = of all */
    struct str entity; /* timeline: only records of this entity; empty = all, and changes */
    struct str where;  /* timeline: an expression over `entity` */
};
/* History of one record: changes (fields before and after, who, door, cause), newest first. */
crm_status record_changes_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                               const struct record_history_options *o, struct json_writer *out,
                               struct err *err);
/* What a plan would write, as [{"op","entity","id","fields":{name:{"before","after"}}}]; fields
 * that the viewer may see. */
struct record_plan;
crm_status record_plan_json(struct record_view *v, const struct record_plan *plan,
                            struct json_writer *out, struct err *err);

/* {"field","changes":[...]}: those of one field, the newest first, each as above and with the keys
 * that the remark adds to it. */
struct log_changeset;
struct record_why {
    const struct schema_entity *entity;
    const struct schema_field *field; /* one that the viewer may see */
    int64_t id, limit;                /* limit 0 = 20 */
};
struct record_remark {
    crm_status (*fn)(void *ctx, const struct log_changeset *of, struct json_writer *out,
                     struct err *err);
    void *ctx;
};
crm_status record_why_json(struct record_view *v, const struct record_why *about,
                           const struct record_remark *remark, struct json_writer *out,
                           struct err *err);
/* Which changesets; zero is "any". With `entity` those alone are counted. A page may be short, or
 * empty, with a cursor behind it: so many are looked at for one answer. */
struct record_changesets_options {
    const struct schema_entity *entity;
    int64_t actor;
    struct str door; /* its word */
    int64_t since_ms, until_ms;
    int64_t limit; /* 0 = 50 */
    struct str after;
};
crm_status record_changesets_json(struct record_view *v, const struct record_changesets_options *o,
                                  struct json_writer *out, struct err *err);
/* What happened with and around a record, newest first, what is planned above it: its own changes
 * and those of records whose timeline it takes in, and the records that declare themselves for
 * timelines. */
crm_status record_timeline_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                                const struct record_history_options *o, struct json_writer *out,
                                struct err *err);
/* The record as it was at a moment, under the viewer's present right applied to the past row. */
crm_status record_as_of_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                             int64_t at_ms, struct str fields, struct json_writer *out,
                             struct err *err);
/* Why the caller may or may not act on the record. */
crm_status record_access_json(struct record_view *v, const struct schema_entity *e, int64_t id,
                              struct json_writer *out, struct err *err);
/* The schema as the caller sees it. */
crm_status record_meta_json(struct record_view *v, struct json_writer *out, struct err *err);
/* Does meta show this view to the caller? */
bool record_view_shown(struct record_view *v, const struct schema_view *view);

/* JSON in: one record object of api.md to an op's writes; collects an error per field. Names that
 * the caller may not see do not exist. `names` resolves "$name" of earlier ops in a batch. */
struct record_names {
    struct str *names;
    int64_t *ids;
    size_t count;
};
crm_status record_op_from_json(struct record_view *v, struct changeset *c, struct record_op *op,
                               const json_t *object, const struct record_names *names,
                               struct err_list *errors, struct err *err);
/* One value from text, as import and command line give it ("12.5", "Won", "anna@x.org"): choices by
 * code or label, references by the given field or by the entity's natural keys; compare folded. */
struct record_text_options {
    struct str date_order; /* dmy, mdy, ymd or empty: unambiguous forms only */
    struct str
        ref_by; /* field that finds the reference; empty = title, external_id, login, e-mail */
    struct currency currency;
    int64_t scale_micro; /* multiplier, DECIMAL_ONE = none */
    bool null_words;     /* "n/a", "null", "-" empty numbers, dates, choices, references */
    const struct schema_entity
        *of;          /* the entity written to: narrows stages and pipelines; or NULL */
    int64_t pipeline; /* narrows stages; 0 = any of the entity's, the first pipeline wins */
};
/* Empty text is nil. Texts are kept as they are; the result lives in the view's arena. Dates and
 * times without a zone are the company's. Problems are CRM_REFUSED: choice_unknown,
 * reference_not_found, reference_several, date_impossible, ... */
crm_status record_value_from_text(struct record_view *v, const struct schema_field *f,
                                  struct str text, const struct record_text_options *o,
                                  struct value *ret, struct err *err);
/* The same for multi-valued fields: parts between ";" (or line ends; "," too for choices, tags and
 * e-mails), empty ones left out; the first of a labelled list is primary. */
crm_status record_items_from_text(struct record_view *v, const struct schema_field *f,
                                  struct str text, const struct record_text_options *o,
                                  struct store_item **ret, size_t *ret_count, struct err *err);

/* ---- parts of reading, for doors that run their own lists over the store ------------------------
 *
 * All parse in the viewer's scope, where a hidden name and an unknown one are the same
 * (CRM_INVALID, unknown_field), and put what they make into the view's arena. */

/* The columns of an answer. */
enum { READ_COLUMNS_MAX = 400 };
struct read_select {
    struct schema_path *paths;
    struct str *keys; /* as asked for: the JSON key */
    size_t count;
    bool everything; /* `fields` was empty: all visible ones, children nested */
};
/* "name, organization.name"; empty = all visible fields. `id` and `version` are always there and
 * are not columns of their own. */
crm_status read_select_parse(struct record_view *v, const struct schema_entity *e,
                             struct str fields, struct read_select *ret, struct err *err);
static inline const struct schema_field *read_last(const struct schema_path *p) {
    return p->field[p->length - 1];
}
/* A condition; *ret NULL for an empty text. */
crm_status read_where_parse(struct record_view *v, const struct schema_entity *e, struct str text,
                            const struct expr **ret, struct err *err);
/* Words to search for narrow `where` to the records that have them, at most 1,000; empty ones do
 * not. */
crm_status read_search_narrow(struct record_view *v, const struct schema_entity *e, struct str text,
                              const struct expr **where, struct err *err);
/* "-amount,name": paths only; a reference sorts by the position or title of what it points to. */
crm_status read_sort_parse(struct record_view *v, const struct schema_entity *e, struct str text,
                           struct store_sort *ret /* [STORE_SORT_MAX] */, size_t *ret_count,
                           struct err *err);
/* AND of two conditions of which either may be NULL; false when memory is out. */
bool read_and(struct record_view *v, const struct expr **where, const struct expr *more);
/* field == value; for a multi-valued field: it contains the value. NULL without memory. */
const struct expr *read_equals(struct arena *a, const struct schema_field *f, struct value value);
/* one_of(field, ids...), NULL without memory. */
const struct expr *read_one_of(struct arena *a, const struct schema_field *f, const int64_t *ids,
                               size_t count);

/* Title of a record; ptr NULL where it is missing or the viewer may not read it. */
crm_status read_title(struct record_view *v, const struct schema_entity *e, int64_t id,
                      struct str *ret, struct err *err);
/* The items of a multi-valued field; `known` false: not loaded yet. */
struct read_items {
    bool known;
    const struct store_item *list;
    size_t count;
};
/* A value of field `f` in the form of api.md; `f` NULL: by the value's type alone. `title` of a
 * reference: ptr NULL and `known` false = look it up. */
struct json_title {
    struct str text;
    bool known;
};
crm_status json_out_value(struct record_view *v, struct json_writer *out,
                          const struct schema_field *f, const struct value *value,
                          struct json_title title, struct err *err);
/* A list of items of a multi-valued field. `titles` of links, or NULL. */
crm_status json_out_items(struct record_view *v, struct json_writer *out,
                          const struct schema_field *f, const struct read_items *items,
                          const struct str *titles, struct err *err);

#endif
