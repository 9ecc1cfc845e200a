/* Lua values as bytes and back. See wire.h. */
#include "script/worker/wire.h"

#include <lauxlib.h>

#include "lua/messages.h"
#include "lua/plain.h"
#include "script/messages.h"

enum tag {
    TAG_NIL,
    TAG_FALSE,
    TAG_TRUE,
    TAG_INTEGER,
    TAG_FLOAT,
    TAG_TEXT,
    TAG_TABLE,       /* pairs up to TAG_END */
    TAG_EMPTY_ARRAY, /* of JSON */
    TAG_NULL,        /* crm.null */
    TAG_OPAQUE,      /* its type follows */
    TAG_OBJECT,      /* length, then what put_object has put */
    TAG_ABSENT,
    TAG_END
};

/* ---- parts -------------------------------------------------------------------------------------
 */

void script_wire_put_byte(struct buf *b, uint8_t n) { buf_add(b, &n, sizeof n); }
void script_wire_put_u32(struct buf *b, uint32_t n) { buf_add(b, &n, sizeof n); }
void script_wire_put_i64(struct buf *b, int64_t n) { buf_add(b, &n, sizeof n); }

void script_wire_put_text(struct buf *b, struct str text) {
    script_wire_put_u32(b, (uint32_t)text.len);
    buf_add_str(b, text);
}

static bool take(struct script_wire_in *in, void *to, size_t len) {
    if ((size_t)(in->end - in->at) < len) return false;
    memcpy(to, in->at, len);
    in->at += len;
    return true;
}

bool script_wire_byte(struct script_wire_in *in, uint8_t *ret) {
    return take(in, ret, sizeof *ret);
}
bool script_wire_u32(struct script_wire_in *in, uint32_t *ret) {
    return take(in, ret, sizeof *ret);
}
bool script_wire_i64(struct script_wire_in *in, int64_t *ret) { return take(in, ret, sizeof *ret); }

bool script_wire_text(struct script_wire_in *in, struct str *ret) {
    uint32_t len;
    if (!script_wire_u32(in, &len) || (size_t)(in->end - in->at) < len) return false;
    *ret = str_make(in->at, len);
    in->at += len;
    return true;
}

void script_wire_put_err(struct buf *b, const struct err *why) {
    script_wire_put_i64(b, why->status);
    script_wire_put_text(b, str_from(why->text.code));
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        BUF_CLEANUP struct buf text;
        buf_init(&text, 16 * 1024);
        err_format(why, (enum language)i, &text);
        script_wire_put_text(b, buf_str(&text));
    }
    script_wire_put_text(b, str_from(why->entity));
    script_wire_put_text(b, str_from(why->field));
    script_wire_put_text(b, str_from(why->where));
}

bool script_wire_err(struct script_wire_in *in, struct err *ret) {
    int64_t status;
    struct str code, entity, field, where, message[LANGUAGE_COUNT];
    if (!script_wire_i64(in, &status) || !script_wire_text(in, &code)) return false;
    for (int i = 0; i < LANGUAGE_COUNT; i++)
        if (!script_wire_text(in, &message[i])) return false;
    if (!script_wire_text(in, &entity) || !script_wire_text(in, &field) ||
        !script_wire_text(in, &where) || status <= CRM_OK || status > CRM_RANGE)
        return false;
    err_set_dynamic(ret, (crm_status)status, code, message);
    if (entity.len) err_at_entity(ret, entity);
    if (field.len) err_at_field(ret, field);
    if (where.len) err_at(ret, "%.*s", STR_ARG(where));
    return true;
}

/* ---- out ---------------------------------------------------------------------------------------
 */

static crm_status refuse(struct script_wire_out *out, const struct err_text *text, size_t most) {
    BUF_CLEANUP struct buf number;
    buf_init(&number, 32);
    buf_add_uint64(&number, most);
    const struct str args[] = {buf_str(&number)};
    return err_set_args(out->err, CRM_TOO_LARGE, text, args, 1);
}

static void put_tag(struct script_wire_out *out, enum tag tag) {
    script_wire_put_byte(out->buf, (uint8_t)tag);
}

static bool is_key(lua_State *L, int index) {
    int type = lua_type(L, index);
    return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

static crm_status put_entries(struct script_wire_out *out, int index) {
    lua_State *L = out->L;
    crm_status status = CRM_OK;
    for (lua_pushnil(L); status == CRM_OK && lua_next(L, index); lua_pop(L, 1)) {
        if (++out->elements > SCRIPT_WIRE_ELEMENTS)
            status = refuse(out, &lua_text_plain_too_large, SCRIPT_WIRE_ELEMENTS);
        else if (!is_key(L, -2))
            status = err_set(out->err, CRM_INVALID, &lua_text_plain_key, NULL);
        else if (out->buf->status != CRM_OK)
            status = refuse(out, &lua_text_plain_too_long, SCRIPT_WIRE_BYTES);
        if (status == CRM_OK) status = script_wire_put(out, lua_gettop(L) - 1);
        if (status == CRM_OK) status = script_wire_put(out, lua_gettop(L));
    }
    return status;
}

static crm_status put_table(struct script_wire_out *out, int index) {
    lua_State *L = out->L;
    if (out->depth == SCRIPT_WIRE_DEPTH || !lua_checkstack(L, 8))
        return refuse(out, &lua_text_plain_too_deep, SCRIPT_WIRE_DEPTH);
    if (plain_is_empty_array(L, index)) {
        put_tag(out, TAG_EMPTY_ARRAY);
        return CRM_OK;
    }
    int top = lua_gettop(L);
    out->depth++;
    put_tag(out, TAG_TABLE);
    crm_status status = put_entries(out, index);
    put_tag(out, TAG_END);
    out->depth--;
    lua_settop(L, top);
    return status;
}

static crm_status put_object(struct script_wire_out *out, int index) {
    bool known = false;
    size_t tag_at = out->buf->len;
    uint32_t len = 0;
    put_tag(out, TAG_OBJECT);
    script_wire_put_u32(out->buf, 0);
    size_t begin = out->buf->len;
    crm_status status = out->put_object ? out->put_object(out, index, &known) : CRM_OK;
    if (status != CRM_OK || out->buf->status != CRM_OK) return status;
    if (known) {
        len = (uint32_t)(out->buf->len - begin);
        memcpy(out->buf->ptr + begin - sizeof len, &len, sizeof len);
        return CRM_OK;
    }
    out->buf->len = tag_at;
    put_tag(out, TAG_OPAQUE);
    script_wire_put_byte(out->buf, LUA_TUSERDATA);
    return CRM_OK;
}

static void put_number(struct script_wire_out *out, int index) {
    if (lua_isinteger(out->L, index)) {
        put_tag(out, TAG_INTEGER);
        script_wire_put_i64(out->buf, lua_tointeger(out->L, index));
        return;
    }
    double n = lua_tonumber(out->L, index);
    put_tag(out, TAG_FLOAT);
    buf_add(out->buf, &n, sizeof n);
}

static void put_text(struct script_wire_out *out, int index) {
    size_t len;
    const char *text = lua_tolstring(out->L, index, &len);
    put_tag(out, TAG_TEXT);
    script_wire_put_text(out->buf, str_make(text, len));
}

crm_status script_wire_put(struct script_wire_out *out, int index) {
    lua_State *L = out->L;
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        put_tag(out, TAG_NIL);
        return CRM_OK;
    case LUA_TBOOLEAN:
        put_tag(out, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE);
        return CRM_OK;
    case LUA_TNUMBER:
        put_number(out, index);
        return CRM_OK;
    case LUA_TSTRING:
        put_text(out, index);
        break;
    case LUA_TTABLE:
        return put_table(out, index);
    case LUA_TUSERDATA:
        return put_object(out, index);
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(L, index)) {
            put_tag(out, TAG_NULL);
            return CRM_OK;
        } /* fall through */
    default:
        put_tag(out, TAG_OPAQUE);
        script_wire_put_byte(out->buf, (uint8_t)lua_type(L, index));
        return CRM_OK;
    }
    return out->buf->status == CRM_OK ? CRM_OK
                                      : refuse(out, &lua_text_plain_too_long, SCRIPT_WIRE_BYTES);
}

void script_wire_put_absent(struct buf *b) { script_wire_put_byte(b, TAG_ABSENT); }

bool script_wire_is_absent(const struct script_wire_in *in) {
    return in->at < in->end && *in->at == TAG_ABSENT;
}

/* ---- in ----------------------------------------------------------------------------------------
 */

static bool skip_bytes(struct script_wire_in *in, size_t len) {
    if ((size_t)(in->end - in->at) < len) return false;
    in->at += len;
    return true;
}

static bool skip_entries(struct script_wire_in *in, int depth) {
    while (in->at < in->end && *in->at != TAG_END)
        if (!script_wire_skip(in, depth + 1)) return false;
    return skip_bytes(in, 1);
}

bool script_wire_skip(struct script_wire_in *in, int depth) {
    uint8_t tag;
    struct str text;
    if (depth > 2 * SCRIPT_WIRE_DEPTH || !script_wire_byte(in, &tag)) return false;
    switch (tag) {
    case TAG_INTEGER:
    case TAG_FLOAT:
        return skip_bytes(in, 8);
    case TAG_TEXT:
    case TAG_OBJECT:
        return script_wire_text(in, &text);
    case TAG_OPAQUE:
        return skip_bytes(in, 1);
    case TAG_TABLE:
        return skip_entries(in, depth);
    default:
        return tag < TAG_END;
    }
}

int l_script_wire_wrong(lua_State *L) {
    struct err err;
    err_set(&err, CRM_INVALID, &say_script_wire, NULL);
    l_raise(L, &err);
}

static int l_nothing(lua_State *L) {
    (void)L;
    return 0;
}

/* Something of that type, to be refused as such. */
static void push_opaque(lua_State *L, uint8_t type) {
    if (type == LUA_TFUNCTION)
        lua_pushcfunction(L, l_nothing);
    else if (type == LUA_TTHREAD)
        lua_newthread(L);
    else
        lua_newuserdatauv(L, 1, 0);
}

static void push_object(lua_State *L, struct script_wire_in *in) {
    struct str bytes;
    const char *end = in->end;
    if (!script_wire_text(in, &bytes) || !in->push_object) l_script_wire_wrong(L);
    in->at = bytes.ptr;
    in->end = bytes.ptr + bytes.len;
    in->push_object(L, in);
    in->at = bytes.ptr + bytes.len;
    in->end = end;
}

static void push_table(lua_State *L, struct script_wire_in *in) {
    luaL_checkstack(L, 6, "value nested too deep");
    lua_newtable(L);
    l_check(L);
    while (in->at < in->end && *in->at != TAG_END) {
        l_script_wire_push(L, in);
        if (!is_key(L, -1) ||
            (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) != lua_tonumber(L, -1)))
            l_script_wire_wrong(L);
        l_script_wire_push(L, in);
        lua_rawset(L, -3);
    }
    if (!skip_bytes(in, 1)) l_script_wire_wrong(L);
}

static void push_number(lua_State *L, struct script_wire_in *in, bool is_integer) {
    int64_t n;
    double real;
    if (!script_wire_i64(in, &n)) l_script_wire_wrong(L);
    memcpy(&real, &n, sizeof real);
    if (is_integer)
        lua_pushinteger(L, n);
    else
        lua_pushnumber(L, real);
}

void l_script_wire_push(lua_State *L, struct script_wire_in *in) {
    uint8_t tag, type;
    struct str text;
    if (!script_wire_byte(in, &tag)) l_script_wire_wrong(L);
    switch (tag) {
    case TAG_NIL:
    case TAG_ABSENT:
        lua_pushnil(L);
        return;
    case TAG_FALSE:
    case TAG_TRUE:
        lua_pushboolean(L, tag == TAG_TRUE);
        return;
    case TAG_INTEGER:
    case TAG_FLOAT:
        push_number(L, in, tag == TAG_INTEGER);
        return;
    case TAG_TEXT:
        if (!script_wire_text(in, &text)) l_script_wire_wrong(L);
        lua_pushlstring(L, text.ptr, text.len);
        return;
    case TAG_TABLE:
        push_table(L, in);
        return;
    case TAG_EMPTY_ARRAY:
        l_plain_array_new(L);
        return;
    case TAG_NULL:
        lua_pushlightuserdata(L, NULL);
        return;
    case TAG_OBJECT:
        push_object(L, in);
        return;
    case TAG_OPAQUE:
        if (!script_wire_byte(in, &type)) l_script_wire_wrong(L);
        push_opaque(L, type);
        return;
    default:
        l_script_wire_wrong(L);
    }
}
