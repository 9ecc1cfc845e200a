/* Where a restore goes: a mark in the data directory from before anything is made to after all is
 * done, and what an interrupted one left behind. Threads: any; one at a time. */
#ifndef STORE_WIPE_H
#define STORE_WIPE_H

#include "store/store.h"

/* DIR/unfinished-restore: store_open refuses a directory that has it. Durable on return. */
crm_status store_mark_put(struct str data_dir, struct err *err);
crm_status store_mark_remove(struct str data_dir, struct err *err);
bool store_mark_is_there(struct str data_dir);
/* The database at hand, to be taken away by the next call: says in it that it is unfinished, which
 * the mark alone says of a file of SQLite. */
crm_status store_give_up(const struct store_options *options, struct err *err);
crm_status store_keep_after_all(const struct store_options *options, struct err *err);
/* Takes away the database of a restore that was not finished, where there is one. */
crm_status store_wipe_unfinished(const struct store_options *options, struct err *err);

#endif
