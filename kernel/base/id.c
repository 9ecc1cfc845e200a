/* Record ids: ms since 2010, node and counter in one int64, made by compare-and-swap. See id.h. */
#include "base/id.h"

#include "base/time.h"

enum { COUNTER_BITS = 12, NODE_BITS = 10, TIME_SHIFT = COUNTER_BITS + NODE_BITS };
enum { COUNTER_MAX = (1 << COUNTER_BITS) - 1, NODE_MAX = (1 << NODE_BITS) - 1 };

void id_maker_init(struct id_maker *m, int32_t node, int64_t highest_seen) {
    m->node = node & NODE_MAX;
    atomic_init(&m->last, highest_seen > 0 ? highest_seen : 0);
}

static int64_t after(int64_t last, int64_t now_ms, int32_t node) {
    int64_t ms = last >> TIME_SHIFT, counter = 0;
    if (now_ms > ms) {
        ms = now_ms;
    } else if (((last >> COUNTER_BITS) & NODE_MAX) == node && (last & COUNTER_MAX) < COUNTER_MAX) {
        counter = (last & COUNTER_MAX) + 1;
    } else {
        ms++; /* counter used up, or the highest id seen is another node's */
    }
    return (int64_t)((uint64_t)ms << TIME_SHIFT) | ((int64_t)node << COUNTER_BITS) | counter;
}

int64_t id_next(struct id_maker *m) {
    int64_t now_ms = clock_now_ms() - ID_EPOCH_MS;
    int64_t last = atomic_load_explicit(&m->last, memory_order_relaxed), next;
    do {
        next = after(last, now_ms, m->node);
    } while (!atomic_compare_exchange_weak_explicit(&m->last, &last, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return next;
}

int64_t id_time_ms(int64_t id) { return (id >> TIME_SHIFT) + ID_EPOCH_MS; }

int32_t id_node(int64_t id) { return (int32_t)((id >> COUNTER_BITS) & NODE_MAX); }

int64_t id_least(int64_t ms) {
    return ms > ID_EPOCH_MS ? (int64_t)((uint64_t)(ms - ID_EPOCH_MS) << TIME_SHIFT) : 0;
}

bool id_parse(struct str text, int64_t *ret) {
    int64_t id;
    if (text.len == 0 || text.ptr[0] < '1' || text.ptr[0] > '9') return false;
    if (!str_to_int64(text, &id)) return false;
    *ret = id;
    return true;
}
