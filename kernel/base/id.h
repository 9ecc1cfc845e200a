/* Record ids: 63 bits - 41 of ms since 2010-01-01, 10 of node, 12 of counter.
 *
 * Ids of one maker rise strictly; when the clock steps back counting goes on from the highest id
 * seen. Threads: any (one atomic). */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdatomic.h>

#include "base/str.h"

#define ID_EPOCH_MS INT64_C(1262304000000)

struct id_maker {
    _Atomic int64_t last;
    int32_t node; /* 0..1023 */
};

void id_maker_init(struct id_maker *m, int32_t node, int64_t highest_seen);
int64_t id_next(struct id_maker *m);
int64_t id_time_ms(int64_t id);
int32_t id_node(int64_t id);
int64_t id_least(int64_t ms); /* no id made then or later is below it */
/* Digits only, positive, no leading zero: anything else is "names nothing". */
bool id_parse(struct str text, int64_t *ret);

#endif
