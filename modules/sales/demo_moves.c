/* See demo_moves.h. Moves are early in a day of UTC, so that none is to come in any zone. */
#include "demo_moves.h"

#include <stdbool.h>

enum { MS_PER_DAY = 86400000, MS_PER_MINUTE = 60000 };

size_t demo_moves_make(const struct demo_way *way, struct crm_stage_move ret[DEMO_MOVES_MAX]) {
    int64_t days = way->last_day - way->first_day;
    size_t count = way->before + 1;
    if (count > DEMO_MOVES_MAX) return 0;
    for (size_t i = 0; i < count; i++) {
        bool is_last = i == way->before;
        int64_t part = days * (int64_t)i / (int64_t)count;
        int64_t day = i == 0 ? way->first_day : is_last ? way->last_day : way->first_day + part;
        int64_t minute = (int64_t)(i * 30 + (way->random >> (i * 3)) % 30);
        ret[i] = (struct crm_stage_move){.stage = is_last ? way->stage : way->stages[i],
                                         .at_ms = day * MS_PER_DAY + minute * MS_PER_MINUTE,
                                         .actor = way->actor};
    }
    return count;
}
