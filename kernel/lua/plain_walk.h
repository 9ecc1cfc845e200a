/* What the readers of plain values share: the walk's limits and what a table is. Inside of
 * kernel/lua only; nothing here raises. */
#ifndef LUA_PLAIN_WALK_H
#define LUA_PLAIN_WALK_H

#include "lua/plain.h"

/* Its address is where the registry keeps the metatable that marks an empty array. */
extern const char plain_array_key;

struct plain_walk {
    lua_State *L;
    const struct plain_limits *limits;
    struct err *err;
    int depth;
    size_t elements, text_bytes; /* so far */
};

struct plain_shape {
    size_t count;
    bool is_array; /* keys are 1..count; otherwise all are texts */
};

crm_status plain_descend(struct plain_walk *walk); /* the caller takes depth back */
crm_status plain_shape(struct plain_walk *walk, int index, struct plain_shape *ret);
/* The text at `index`, borrowed from Lua, counted and valid UTF-8. */
crm_status plain_text(struct plain_walk *walk, int index, struct str *ret);
crm_status plain_refuse(struct plain_walk *walk, int index);
crm_status plain_bad_number(struct plain_walk *walk, double number);
crm_status plain_too_much(const struct err_text *text, size_t allowed, struct err *err);

#endif
