/* The engine-neutral stream: a whole database as bytes. Backup, restore and copy share it.
 *
 *   stream  = "perigee stream 1\n" frame* ; the first frame is H, the last one Z
 *   frame   = tag (one byte) length (four bytes, low byte first) payload
 *   H       JSON {"format","program","sys_version","fold_version","engine","seq","head","at"}:
 *           what wrote it, and the position of the log: the last seq and its digest
 *   T       JSON {"kind","name","columns":[[name,type,not_null]],"key","indexes":[{"name",
 *           "columns","unique","while_nil","while_filled"}],"search","trigram"}: a table begins.
 * Names are the physical, immutable ones ("t5_task", "f14_amount"): their numbers are the ids of
 *           sys_entity and sys_field, which come first of all tables
 *   R       rows of that table in the order of its key, column after column: a byte for the type
 *           (0 nil, 1 integer, 2 text, 3 bytes), then a zigzag varint, or a varint of the length
 *           and the bytes
 *   E       JSON {"rows","sha256"}: the table ends; the digest is over its T and R payloads
 *   Z       JSON {"tables","rows"}
 *
 * Left out: sessions (sys_session is empty), and what an engine makes anew: search tables (only
 * that they are there is noted), the SQL functions of PostgreSQL. Folded columns and roll-ups are
 * stored values and travel as they are.
 *
 * Both sides push: the writer into a sink, the reader's frames into a handler. Memory is bounded by
 * the largest row. Threads: one. */
#ifndef STORE_STREAM_H
#define STORE_STREAM_H

#include "base/digest.h"
#include "store/catalog.h"

enum { STREAM_FORMAT = 1, STREAM_FRAME_MAX_BYTES = 80 << 20 };

struct stream_header {
    struct str program;
    int64_t sys_version, fold_version;
    struct str engine; /* "sqlite", "postgres" */
    int64_t seq;       /* of the last changeset, 0 = none */
    struct str head;   /* its digest in hex */
    int64_t at_ms;
};

struct stream_sink {
    crm_status (*write)(void *ctx, struct str bytes, struct err *err);
    void *ctx;
};

/* ---- writing ----------------------------------------------------------------------------- */
struct stream_writer;
crm_status stream_writer_new(struct stream_sink sink, struct stream_writer **ret, struct err *err);
void stream_writer_free(struct stream_writer *w);
crm_status stream_write_header(struct stream_writer *w, const struct stream_header *h,
                               struct err *err);
crm_status stream_write_table(struct stream_writer *w, const struct catalog_table *t,
                              struct err *err);
crm_status stream_write_row(struct stream_writer *w, const struct store_value *row,
                            struct err *err);
crm_status stream_write_table_end(struct stream_writer *w, struct err *err);
crm_status stream_write_end(struct stream_writer *w, struct err *err);

/* ---- reading ----------------------------------------------------------------------------- */
/* Each may be NULL. Headers and tables live until the next one, rows during the call. */
struct stream_handler {
    crm_status (*header)(void *ctx, const struct stream_header *h, struct err *err);
    crm_status (*table)(void *ctx, const struct catalog_table *t, struct err *err);
    crm_status (*row)(void *ctx, const struct store_value *row, struct err *err);
    crm_status (*table_end)(void *ctx, int64_t rows, const struct digest *sha256, struct err *err);
    void *ctx;
};
struct stream_reader;
crm_status stream_reader_new(const struct stream_handler *handler, struct stream_reader **ret,
                             struct err *err);
void stream_reader_free(struct stream_reader *r);
/* The next bytes, cut anywhere. What is malformed is CRM_INVALID in words. */
crm_status stream_feed(struct stream_reader *r, struct str bytes, struct err *err);
/* After the last byte: CRM_INVALID unless the stream came to its end. */
crm_status stream_end(struct stream_reader *r, struct err *err);
int64_t stream_rows(const struct stream_reader *r); /* so far */

#endif
