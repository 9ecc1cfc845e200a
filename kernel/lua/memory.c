/* The soft memory limit. The allocator only counts and rings: returning NULL would make Lua collect
 * in an emergency, which 5.4.4 does not survive everywhere. So an allocation fails only where
 * memory truly ends, or for a size that no budget can hold. */
#include "lua/guard.h"

#include <stdlib.h>

#define ALLOCATION_MAX_BYTES ((size_t)1 << 30)

void *guard_allocate(void *ud, void *ptr, size_t old_size, size_t new_size) {
    struct lua_guard *g = ud;
    if (!ptr) old_size = 0; /* then it tells the kind of object */
    if (new_size == 0) {
        g->used -= old_size;
        free(ptr);
        return NULL;
    }
    void *moved = new_size > ALLOCATION_MAX_BYTES ? NULL : realloc(ptr, new_size);
    if (!moved) {
        if (new_size <= old_size) return ptr; /* Lua relies on shrinking to succeed */
        g->over_limit = 1;
        guard_arm(g, g->current);
        return NULL;
    }
    g->used = g->used - old_size + new_size;
    if (g->used > g->peak) g->peak = g->used;
    if (g->used > g->limit && new_size > old_size && !g->over_limit) {
        g->over_limit = 1;
        guard_arm(g, g->current);
    }
    return moved;
}

void l_charge(lua_State *L, size_t bytes) {
    struct lua_guard *g = guard_of(L);
    if (g->limit > g->used && bytes <= g->limit - g->used) return;
    if (bytes <= g->limit) lua_gc(L, LUA_GCCOLLECT, 0); /* garbage may be all that is in the way */
    if (g->limit > g->used && bytes <= g->limit - g->used) return;
    luaL_error(L, "not enough memory for %I bytes",
               (LUAI_UACINT)(bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes));
}
