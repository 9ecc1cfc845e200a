/* Import: a table of text becomes records through the one door, in pieces, with every rejected row
 * and its reason kept.
 *
 * One parent changeset, children of some thousand rows each with a once-key and a checkpoint behind
 * it, so that a run cut off by kill -9 goes on where it stopped and undo takes the whole back.
 * Threads: one import belongs to one thread (a job's or a command's). Memory: one piece of rows,
 * the look-up tables of references, one number a row that refers to its own entity. */
#ifndef MODULES_BASE_IMPORT_H
#define MODULES_BASE_IMPORT_H

#include <crm/services.h>

#include "csv.h"

enum import_mode { IMPORT_CREATE, IMPORT_UPDATE, IMPORT_UPSERT };
enum import_map_from { IMPORT_MAP_GIVEN, IMPORT_MAP_REMEMBERED, IMPORT_MAP_GUESSED };
enum import_unknown {
    IMPORT_UNKNOWN_DEFAULT,
    IMPORT_UNKNOWN_REJECT,
    IMPORT_UNKNOWN_EMPTY,
    IMPORT_UNKNOWN_CREATE
};
enum {
    IMPORT_PIECE_ROWS = 250,
    IMPORT_PIECE_ROWS_MAX = 500,
    IMPORT_SAMPLE_BYTES = 256 * 1024,
    IMPORT_REASONS_MAX = 100
};

/* What the person asked for; texts as given on the command line or in the request. */
struct import_options {
    struct crm_str entity, file_name;
    struct crm_str map;    /* "column=field,..." ; empty = as confirmed last time, else guessed from
                              the headers */
    struct crm_str key;    /* field */
    struct crm_str values; /* "column:from=to,..." */
    struct crm_str scale;  /* "column:1000000,..." */
    struct crm_str date_order; /* "dmy" or "column:mdy,..." */
    struct crm_str encoding, delimiter, currency;
    struct crm_str sheet; /* of a workbook; empty = the first that is shown */
    enum import_mode mode;
    enum import_unknown unknown;
    bool dry, automations;
    bool preview; /* only looked at: a table whose columns fill nothing is none the worse */
};

/* Where the bytes come from; `read` gives 0 bytes at the end. */
struct import_source {
    crm_status (*read)(void *ctx, void *ret, size_t max, size_t *ret_len, struct crm_error *err);
    void *ctx;
    int64_t bytes; /* in all, -1 = not known */
    /* Any part of it, at any time; NULL: what has to be read so is kept first. */
    crm_status (*read_at)(void *ctx, int64_t offset, void *ret, size_t max, size_t *ret_len,
                          struct crm_error *err);
};

/* Where rejected rows go: CSV lines of one piece at a time, in parts counted from 0 that are each
 * less than a kept text may have, the header with the first ones. A piece that is repeated after a
 * crash comes again with the same number and parts. */
struct import_sink {
    crm_status (*write)(void *ctx, uint64_t piece, unsigned part, struct crm_str lines,
                        struct crm_error *err);
    void *ctx;
};

struct import_reason {
    uint64_t line;
    struct crm_str field, text; /* in the actor's language */
};

struct import_mapped { /* a column of the file and the field it fills, as a map would name it */
    struct crm_str column, field;
};

struct import_result {
    int64_t rows, created, updated, skipped, rejected;
    int64_t photos;    /* of cards, left out; of this run only */
    int64_t changeset; /* the parent; 0 = nothing was written */
    enum import_map_from map_from;
    const struct import_mapped *mapped; /* in the import's arena */
    size_t mapped_count;
    struct import_reason reasons[IMPORT_REASONS_MAX]; /* the first ones, in the import's arena */
    size_t reason_count;
};

struct import_progress {
    void (*tell)(void *ctx, const struct import_result *so_far, int64_t bytes_done, int64_t bytes);
    bool (*stopping)(void *ctx);
    void *ctx;
};

struct import_run {
    const struct crm *crm;
    struct crm_view *view; /* the importing person's; refreshed between pieces */
    int64_t id;            /* names once-keys and checkpoints; 0 = a dry run without them */
    struct import_options options;
    struct import_source source;
    struct import_sink rejects;
    struct import_progress progress;
};

/* Runs from the start or from the last checkpoint of run->id. Errors are about the whole (unknown
 * entity, no header, unreadable file); a bad row is only counted. `a` holds the result's texts. */
crm_status import_run(const struct import_run *run, struct crm_arena *a, struct import_result *ret,
                      struct crm_error *err);

/* "create" and the like; false with the message filled. */
crm_status import_mode_parse(const struct crm *crm, struct crm_str word, bool has_key,
                             enum import_mode *ret, struct crm_error *err);
crm_status import_unknown_parse(const struct crm *crm, struct crm_str word,
                                enum import_unknown *ret, struct crm_error *err);

#endif
