/* Records that may be the same: an entity's rules (schema_duplicate) make keys of a record, and
 * records with a common key are suspected.
 *
 * Nothing is kept for this: keys are made of what records hold at the moment. Candidates for one
 * record come from indexes that are there anyway (items of lists, words of the search index), so
 * that writing costs nothing; all records are gone through by a job (duplicate_scan.h). Whoever
 * asks sees only records that they may read, and a rule with a field hidden from them does not
 * exist for them. Threads: the view's. */
#ifndef RECORD_DUPLICATE_H
#define RECORD_DUPLICATE_H

#include "record/read.h"

enum { DUPLICATE_RULES_MAX = 12, DUPLICATE_SHOWN_MAX = 50, DUPLICATE_CANDIDATES_MAX = 500 };

struct duplicate_key {
    uint32_t rule; /* position */
    struct str text;
};

/* One record by slot: values, and items of lists. */
struct duplicate_source {
    const struct schema_entity *entity;
    const struct value *values;
    const struct read_items *items;
};

struct duplicate_record {
    int64_t id;
    struct duplicate_key *keys;
    size_t key_count;
};

/* The keys by those of the rules whose bit is set, in the arena. duplicate_keys.c */
crm_status duplicate_keys(const struct duplicate_source *from, uint32_t rules, struct arena *a,
                          struct duplicate_record *ret, struct err *err);
/* How an item of a labelled list compares. */
struct str duplicate_item_key(const struct schema_field *f, struct str text, struct arena *a);
/* Bits of the rules by which the two agree. */
uint32_t duplicate_agree(const struct duplicate_record *a, const struct duplicate_record *b);
/* What the rules say together, 0 to 100: each adds to what the others leave open; one whose fields
 * all stand in another adds nothing. */
int32_t duplicate_score(const struct schema_entity *e, uint32_t rules);
/* The forms in which the value of a list's item may be stored elsewhere; up to `max`. */
size_t duplicate_spellings(const struct schema_field *f, struct str text, struct arena *a,
                           struct str *ret, size_t max);
/* Words of a text without those that the rule ignores, as a search text. */
struct str duplicate_words(struct arena *a, struct str text, const struct schema_duplicate *rule);

/* Rules that the viewer may know of. duplicate_find.c */
uint32_t duplicate_rules(const struct access *access, const struct schema_entity *e);
/* Those of the records that the viewer may read, living ones, with their keys. */
crm_status duplicate_load(struct record_view *v, const struct schema_entity *e, uint32_t rules,
                          const int64_t *ids, size_t count, struct duplicate_record **ret,
                          size_t *ret_count, struct err *err);
/* All living records, page by page. */
crm_status duplicate_load_page(struct record_view *v, const struct schema_entity *e, int64_t limit,
                               struct str after, struct duplicate_record **ret, size_t *ret_count,
                               struct str *ret_next, struct err *err);
/* {"id","title"} of it into an open object. */
crm_status duplicate_put_record(struct record_view *v, const struct schema_entity *e, int64_t id,
                                struct json_writer *out, struct err *err);
/* "fields":[...] of the rules. */
void duplicate_put_fields(const struct schema_entity *e, uint32_t rules, struct json_writer *out);

/* What is like the record `id` (0: none) with what `set` would change in it:
 * {"duplicates":[{"id","title","score","fields"}]}, the likeliest first. */
struct duplicate_question {
    const struct schema_entity *entity;
    int64_t id;
    const json_t *set; /* or NULL */
    int64_t limit;
};
crm_status record_duplicates_json(struct record_view *v, const struct duplicate_question *q,
                                  struct err_list *errors, struct json_writer *out,
                                  struct err *err);

#endif
