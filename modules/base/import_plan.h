/* The plan of an import: which column goes to which field, and how its text is read.
 *
 * Made once from the options, the header and a sample of rows. Lives in the import's arena. */
#ifndef MODULES_BASE_IMPORT_PLAN_H
#define MODULES_BASE_IMPORT_PLAN_H

#include "import.h"
#include "lookup.h"

enum import_target {
    IMPORT_VALUE,     /* one value of a plain field */
    IMPORT_REFERENCE, /* a record, found by `ref_by` or its natural keys */
    IMPORT_CHOICE,
    IMPORT_ITEMS,     /* e-mails, phones: the cell's parts join the list */
    IMPORT_LINKS,     /* tags and other links by title */
    IMPORT_FULL_NAME, /* split into last, first and middle name */
    IMPORT_ID         /* the record's own id, of a Perigee export: finds the record */
};

struct import_value_pair {
    struct crm_str from_key, to; /* from: folded */
};

struct import_column {
    size_t position; /* of the cell in a row */
    struct crm_str header;
    struct crm_str path; /* the field as a map names it */
    enum import_target target;
    const struct crm_field *field;
    struct crm_field_facts facts;
    struct crm_str label;         /* of list items: "work", "mobile" */
    const struct crm_entity *ref; /* REFERENCE, LINKS */
    struct crm_entity_facts ref_facts;
    const struct crm_field *ref_by; /* NULL = natural keys */
    struct crm_text_options text;
    struct import_value_pair *values;
    size_t value_count;
    enum import_unknown unknown; /* DEFAULT resolved */
    bool to_itself;              /* reference into the imported entity: after the last row */
    struct lookup lookup;        /* text -> id, of references and links */
};

struct import_plan {
    const struct crm_entity *entity;
    struct crm_entity_facts facts;
    struct crm_str *headers; /* all columns of the file */
    size_t header_count;
    struct import_column *columns;
    size_t column_count;
    size_t key; /* position in columns, SIZE_MAX = none */
    enum import_map_from map_from;
    bool own_export; /* its headings are names of fields */
    bool guarded;    /* apostrophes before formulas are taken off */
    const struct crm_field *last_name, *first_name,
        *middle_name;                     /* NULL where the entity has none */
    const struct crm_field *login, *name; /* of users */
    const struct crm_field *pipeline, *stage;
};

/* `rows` are sample rows behind the header (for date orders and guesses). */
crm_status import_plan_make(const struct import_run *run, struct crm_arena *a,
                            const struct csv_row *header, const struct csv_row *rows,
                            size_t row_count, struct import_plan *ret, struct crm_error *err);
void import_plan_fini(struct import_plan *plan);

#endif
