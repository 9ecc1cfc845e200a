/* Records, queries and changes on their way to a worker and back, on the server's side: a record
 * goes as its entity, id and the values it has loaded, what cannot be found again by those as a
 * number. See border.h. */
#include <lauxlib.h>

#include "script/messages.h"
#include "script/query.h"
#include "script/worker/border.h"
#include "script/worker/protocol.h"

/* ---- numbers -----------------------------------------------------------------------------------
 */

/* The number of the object at `index`, given at its first time. May raise. */
static uint32_t handle_of(lua_State *L, struct script_run *r, int index) {
    struct script_border *b = r->border;
    lua_rawgeti(L, LUA_REGISTRYINDEX, b->handles);
    lua_pushvalue(L, index);
    if (lua_rawget(L, -2) == LUA_TNUMBER) {
        uint32_t known = (uint32_t)lua_tointeger(L, -1);
        lua_pop(L, 2);
        return known;
    }
    lua_pop(L, 1);
    if (b->handle_count == SCRIPT_HANDLES_MAX) l_fail(L, &say_script_handles, NULL, 0);
    b->handle_count++;
    b->last_handle++;
    lua_pushvalue(L, index);
    lua_pushinteger(L, b->last_handle);
    lua_rawset(L, -3);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, b->last_handle);
    lua_pop(L, 1);
    return b->last_handle;
}

static void push_handle(lua_State *L, struct script_run *r, uint32_t handle) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, r->border->handles);
    lua_rawgeti(L, -1, handle);
    lua_remove(L, -2);
    if (!lua_isuserdata(L, -1)) l_script_wire_wrong(L);
}

/* ---- out ---------------------------------------------------------------------------------------
 */

/* The names of the fields that rows of the entity have values for, once a run. */
static void put_names(struct script_wire_out *out, struct script_run *r,
                      const struct schema_entity *e) {
    struct script_border *b = r->border;
    uint32_t count = 0;
    for (size_t i = 0; i < b->told_count; i++)
        if (b->told[i] == e) {
            script_wire_put_u32(out->buf, 0);
            return;
        }
    const struct schema_entity **told = (const struct schema_entity **)arena_grow(
        r->arena, b->told, b->told_count, &b->told_capacity, sizeof *told);
    if (told) {
        b->told = told;
        b->told[b->told_count++] = e;
    }
    for (size_t i = 0; i < e->field_count; i++)
        count += !script_field_is_computed(&e->fields[i]);
    script_wire_put_u32(out->buf, count);
    for (size_t i = 0; i < e->field_count; i++)
        if (!script_field_is_computed(&e->fields[i]))
            script_wire_put_text(out->buf, e->fields[i].name);
}

static crm_status put_value(struct script_wire_out *out, struct script_run *r,
                            const struct schema_field *f, const struct value *v) {
    size_t at = out->buf->len;
    l_value_push(out->L, r, f, v);
    crm_status status = script_wire_put(out, -1);
    lua_pop(out->L, 1);
    if (status != CRM_OK || out->buf->len - at <= SCRIPT_ROW_VALUE_BYTES) return status;
    out->buf->len = at;
    script_wire_put_absent(out->buf);
    return CRM_OK;
}

static crm_status put_row(struct script_wire_out *out, struct script_run *r,
                          const struct script_record *it, const struct value *row) {
    const struct schema_entity *e = it->entity;
    bool seen = it->kind == SCRIPT_RECORD_SEEN;
    crm_status status = CRM_OK;
    put_names(out, r, e);
    size_t at = out->buf->len;
    script_wire_put_u32(out->buf, 0);
    for (size_t i = 0; status == CRM_OK && i < e->field_count; i++) {
        const struct schema_field *f = &e->fields[i];
        if (script_field_is_computed(f)) continue;
        if (seen && !access_field_visible(r->access, e, f))
            script_wire_put_absent(out->buf);
        else
            status = put_value(out, r, f, &row[f->slot]);
    }
    if (status != CRM_OK || out->buf->status != CRM_OK) return status;
    uint32_t len = (uint32_t)(out->buf->len - at - sizeof len);
    memcpy(out->buf->ptr + at, &len, sizeof len);
    return CRM_OK;
}

static const struct value *loaded_row(const struct script_run *r, const struct script_record *it) {
    if (!it->entity || it->run != r->id) return NULL;
    if (it->kind == SCRIPT_RECORD_CHANGE)
        return r->hook->change->after ? r->hook->change->after : r->hook->change->before;
    return it->rows && it->rows->serial != it->serial ? NULL : it->row;
}

static crm_status put_record(struct script_wire_out *out, struct script_run *r, int index,
                             const struct script_record *it) {
    const struct value *row = loaded_row(r, it);
    bool seen = it->kind == SCRIPT_RECORD_SEEN;
    script_wire_put_byte(out->buf, SCRIPT_OBJECT_RECORD);
    script_wire_put_byte(out->buf, (uint8_t)it->kind);
    script_wire_put_i64(out->buf, it->id);
    script_wire_put_u32(out->buf, it->entity ? (uint32_t)it->entity->id : 0);
    script_wire_put_u32(out->buf, seen ? 0 : handle_of(out->L, r, index));
    script_wire_put_byte(out->buf, row           ? SCRIPT_ROW_FOLLOWS
                                   : it->missing ? SCRIPT_ROW_MISSING
                                                 : SCRIPT_ROW_NONE);
    return row ? put_row(out, r, it, row) : CRM_OK;
}

crm_status script_border_put_object(struct script_wire_out *out, int index, bool *ret_known) {
    struct script_run *r = out->ctx;
    const struct script_record *record = script_record_test(out->L, index);
    *ret_known = true;
    if (!lua_checkstack(out->L, 8)) return err_no_memory(out->err);
    if (record) return put_record(out, r, index, record);
    bool is_query = script_query_test(out->L, index), is_change = script_change_test(out->L, index);
    *ret_known = is_query || is_change;
    if (!*ret_known) return CRM_OK;
    script_wire_put_byte(out->buf, is_query ? SCRIPT_OBJECT_QUERY : SCRIPT_OBJECT_CHANGE);
    script_wire_put_u32(out->buf, handle_of(out->L, r, index));
    return CRM_OK;
}

/* ---- in ----------------------------------------------------------------------------------------
 */

static void push_record(lua_State *L, struct script_run *r, struct script_wire_in *in) {
    int64_t id;
    uint32_t entity, handle;
    if (!script_wire_i64(in, &id) || !script_wire_u32(in, &entity) ||
        !script_wire_u32(in, &handle) || entity > INT32_MAX)
        l_script_wire_wrong(L);
    if (handle) {
        push_handle(L, r, handle);
        return;
    }
    const struct schema_entity *e = entity ? schema_entity_by_id(r->schema, (int32_t)entity) : NULL;
    l_record_push(L, r, SCRIPT_RECORD_SEEN, e, id, NULL);
}

void l_script_border_push_object(lua_State *L, struct script_wire_in *in) {
    struct script_run *r = in->ctx;
    uint8_t kind;
    uint32_t handle;
    luaL_checkstack(L, 8, "value nested too deep");
    if (!r || !script_wire_byte(in, &kind)) l_script_wire_wrong(L);
    if (kind == SCRIPT_OBJECT_RECORD) {
        push_record(L, r, in);
        return;
    }
    if (!script_wire_u32(in, &handle)) l_script_wire_wrong(L);
    push_handle(L, r, handle);
}
