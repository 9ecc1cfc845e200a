/* Lua values as bytes and back: what crosses between the server and a worker process. Nil,
 * booleans, numbers, texts and tables of them are copied; a function, thread or foreign userdata
 * crosses as its type only, so that what is told of a wrong argument is the same on both sides.
 * Objects of the API are put and pushed by callbacks, which know what they stand for.
 *
 * Putting never raises and looks at tables raw; pushing may raise. Bytes come from the other side
 * and are believed in nothing: a wrong one is an error. Threads: one at a time. */
#ifndef SCRIPT_WORKER_WIRE_H
#define SCRIPT_WORKER_WIRE_H

#include "base/buf.h"
#include "lua/state.h"

enum { SCRIPT_WIRE_DEPTH = 32, SCRIPT_WIRE_ELEMENTS = 500000, SCRIPT_WIRE_BYTES = 32 << 20 };

struct script_wire_out {
    lua_State *L;
    struct buf *buf; /* its maximum is the limit on bytes */
    struct err *err; /* why a put failed */
    size_t elements; /* in all tables so far */
    int depth;
    /* Puts the userdata at `index`; *ret_known false: it is none of the API's. */
    crm_status (*put_object)(struct script_wire_out *out, int index, bool *ret_known);
    void *ctx;
};

struct script_wire_in {
    const char *at, *end;
    /* Pushes what put_object has put. */
    void (*push_object)(lua_State *L, struct script_wire_in *in);
    void *ctx;
};

/* ---- parts: whole numbers, texts, errors. A put is checked at the end: buf->status. -----------
 */

void script_wire_put_byte(struct buf *b, uint8_t n);
void script_wire_put_u32(struct buf *b, uint32_t n);
void script_wire_put_i64(struct buf *b, int64_t n);
void script_wire_put_text(struct buf *b, struct str text);
void script_wire_put_err(struct buf *b, const struct err *why);
/* False: the bytes end too early, or are none of ours. Texts are borrowed from the bytes. */
bool script_wire_byte(struct script_wire_in *in, uint8_t *ret);
bool script_wire_u32(struct script_wire_in *in, uint32_t *ret);
bool script_wire_i64(struct script_wire_in *in, int64_t *ret);
bool script_wire_text(struct script_wire_in *in, struct str *ret);
bool script_wire_err(struct script_wire_in *in, struct err *ret);

/* ---- values ---------------------------------------------------------------------------------- */

crm_status script_wire_put(struct script_wire_out *out, int index);
/* Stands where a value of a row is not told; pushes as nothing, see script_wire_is_absent. */
void script_wire_put_absent(struct buf *b);
bool script_wire_is_absent(const struct script_wire_in *in);
/* Passes over one value that holds no object with parts of its own but by script_wire_put_sized. */
bool script_wire_skip(struct script_wire_in *in, int depth);
/* Pushes one value. Raises for wrong bytes. */
void l_script_wire_push(lua_State *L, struct script_wire_in *in);
/* Raises what wrong bytes are. */
int l_script_wire_wrong(lua_State *L) __attribute__((noreturn));

#endif
