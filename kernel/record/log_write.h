/* Writing the log at the end of a batch. Private to record/.
 *
 * The numbers are drawn from one locked row after all jobs of the batch have run, so that they are
 * gap-free and rise in the order of commits on both engines. Writer thread. */
#ifndef RECORD_LOG_WRITE_H
#define RECORD_LOG_WRITE_H

#include "base/digest.h"
#include "record/plan.h"

enum { LOG_SALT_BYTES = 16, LOG_SALT_POOL_BYTES = 4096 };

/* Bits of sys_changeset.flags: those of the changeset below, the depth of causality above. */
enum { LOG_FLAGS_MASK = 0xffff, LOG_DEPTH_SHIFT = 16, LOG_FLAG_PARENT = 0x8000 };

/* The end of the log. */
struct log_head {
    int64_t seq, id, at_ms;
    struct digest digest;
};

struct log_writer {
    struct log_head head;  /* of this node's last commit; another node may be ahead */
    struct log_head draft; /* with the batch at hand */
    int64_t first_seq;     /* of the batch at hand */
    int alone;             /* batches in a row before which nobody else wrote: see log_distrust */
    uint8_t pool[LOG_SALT_POOL_BYTES];
    size_t pool_left;
    int64_t parent_seen; /* the last parent whose row is known to be there */
    int64_t parent_draft;
};

/* Makes the sequence row when there is none. */
crm_status log_head_read(struct store_conn *c, struct log_head *ret, struct err *err);
/* All entries of a batch, in order. On success log->draft is the new end; log_written makes it the
 * head once the commit is durable. */
crm_status log_write(struct log_writer *log, struct store_conn *c,
                     const struct log_entry *const *entries, size_t count, struct err *err);
void log_written(struct log_writer *log);
/* While this node writes alone it takes the end of the log to be its own last commit, which saves
 * waiting for the database in the middle of a batch; where another node came between, the number
 * is there already and the batch fails. After a failure the row is looked at again. */
void log_distrust(struct log_writer *log);

/* A row of sys_changeset; texts are borrowed from it. */
struct log_changeset log_changeset_of(const struct store_value *row);

/* Digests, shared with check. */
void log_change_digest(const void *salt, size_t salt_bytes, const int64_t numbers[4],
                       struct str images, struct digest *ret);
struct log_row { /* what the digest of a changeset covers */
    int64_t seq, id, at_ms, actor, door, part_of, reverts;
    struct str cause, script_version, note;
};
void log_changeset_digest(const struct digest *previous, const struct log_row *row,
                          const struct digest *changes, size_t count, struct digest *ret);

#endif
