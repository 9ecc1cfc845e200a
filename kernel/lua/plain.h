/* Plain values across the border of Lua: nil, booleans, integers, texts, and tables of them, to and
 * from struct value and JSON. What crosses to a worker process or into an event is of this kind.
 *
 * Into Lua: decimals, dates, times and ids become texts and money {amount, currency}, each as in
 * JSON, because Lua's floats would not keep them. Out of Lua: integers are ints, floats decimals
 * where six places hold them exactly, {amount, currency} is money, other sequences are lists. JSON
 * null is nil, so it is absent from a table; an empty table is an empty object, unless it was made
 * by l_plain_array_new or came from an empty JSON array.
 *
 * Functions l_... may raise (call them inside of lua_guard_call or lua_guard_protect); the others
 * never raise, look at tables raw and run no metamethod. */
#ifndef LUA_PLAIN_H
#define LUA_PLAIN_H

#include "base/json.h"
#include "lua/state.h"

struct plain_limits {
    int max_depth;
    size_t max_elements;   /* values in all tables together */
    size_t max_text_bytes; /* all texts together, keys too */
};
extern const struct plain_limits plain_limits_default; /* 16, 10,000, 1 MiB */

void l_plain_push(lua_State *L, const struct value *v);
void l_plain_push_json(lua_State *L, const json_t *tree);
void l_plain_array_new(lua_State *L); /* pushes an empty table that is a JSON array */
/* Whether the table is such a one and still empty. Needs three slots; never raises. */
bool plain_is_empty_array(lua_State *L, int index);

/* The value at `index`; its texts and lists are copied into the arena. */
crm_status plain_value_get(lua_State *L, int index, const struct plain_limits *limits,
                           struct arena *a, struct value *ret, struct err *err);
/* Owned by the caller. */
crm_status plain_json_get(lua_State *L, int index, const struct plain_limits *limits, json_t **ret,
                          struct err *err);
/* The same straight into text. */
crm_status plain_json_write(lua_State *L, int index, const struct plain_limits *limits,
                            struct json_writer *w, struct err *err);

#endif
