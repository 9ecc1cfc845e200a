/* An export at work: what it reads, how each kind of file writes a row, where the bytes go.
 *
 * A kind writes into `out`, which is sent on whenever it has grown; memory is that of one page of
 * rows and one buffer. Threads: the export's. */
#ifndef MODULES_BASE_EXPORT_RUN_H
#define MODULES_BASE_EXPORT_RUN_H

#include <crm/services.h>

enum { EXPORT_FIELDS_MAX = 256, EXPORT_BUFFER_BYTES_MAX = 32 * 1024 * 1024 };

struct exporting;

struct export_kind {
    const char *word, *content_type, *disposition;
    /* Before the fields are chosen; NULL = nothing to say. */
    crm_status (*choose)(struct exporting *x, struct crm_error *err);
    crm_status (*begin)(struct exporting *x, struct crm_error *err);
    crm_status (*row)(struct exporting *x, const struct crm_row *row, struct crm_error *err);
    crm_status (*end)(struct exporting *x, struct crm_error *err);
    void (*drop)(struct exporting *x); /* of what begin made, whatever came of it; or NULL */
};

struct exporting {
    const struct crm *crm;
    struct crm_view *view;
    const struct export_kind *kind;
    struct crm_list list;
    struct crm_entity_facts entity;
    const struct crm_field *fields[EXPORT_FIELDS_MAX];
    struct crm_field_facts facts[EXPORT_FIELDS_MAX];
    struct crm_str paths[EXPORT_FIELDS_MAX];
    size_t field_count;
    struct crm_company company;
    struct crm_arena *a; /* of one row */
    struct crm_buf *out;
    void *state; /* the kind's, owned by it */
    int64_t rows;
    bool is_open;                /* the answer's head is on its way */
    struct crm_command *command; /* where it goes: one of the two */
    struct crm_request *request;
};

extern const struct export_kind export_csv, export_json, export_xlsx, export_vcard;

/* Sends what is in `out`. */
crm_status export_flush(struct exporting *x, struct crm_error *err);
/* The texts of a list's items, parted by semicolons, into `text`. */
void export_items_text(const struct crm_base *base, const struct crm_cell *cell,
                       struct crm_buf *text);

#endif
