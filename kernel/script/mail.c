/* Mails of scripts. See mail.h. Functions l_... raise and own nothing. */
#include "script/mail.h"

#include <stdio.h>

#include <lauxlib.h>

#include "base/unicode.h"
#include "event/mail.h"
#include "script/http.h"
#include "script/messages.h"

enum { STACK = 60 };
static const char wanted[] = "a table with to, subject, text or html, about, values, language, "
                             "reply_to, attachments";

__attribute__((noreturn)) static void wrong(lua_State *L, const char *what) {
    const struct str args[] = {STR("crm.mail"), str_from(what)};
    l_fail(L, &say_script_argument, args, 2);
}

static void no_memory(lua_State *L) {
    struct err err;
    l_raise_status(L, err_no_memory(&err), &err);
}

static void check_keys(lua_State *L) {
    static const char *const keys[] = {"to",     "subject",  "text",     "html",       "about",
                                       "values", "language", "reply_to", "attachments"};
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        bool known = false;
        lua_pop(L, 1);
        for (size_t i = 0; lua_type(L, -1) == LUA_TSTRING && i < sizeof keys / sizeof *keys; i++)
            known |= strcmp(lua_tostring(L, -1), keys[i]) == 0;
        if (!known) wrong(L, wanted);
    }
}

static int push_key(lua_State *L, int table, const char *key) {
    lua_pushstring(L, key);
    return lua_rawget(L, table);
}

/* A copy that outlives the Lua value. */
static struct str keep_text(lua_State *L, struct script_run *r) {
    size_t len;
    const char *text = lua_tolstring(L, -1, &len);
    struct str s = str_make(text, len);
    if (!utf8_valid(s) || memchr(text, 0, len)) wrong(L, "texts in UTF-8");
    s = arena_str(r->arena, s);
    if (!s.ptr) no_memory(L);
    return s;
}

/* ---- to whom ----------------------------------------------------------------------------------
 */

/* The primary one of a record's e-mails, else the first. */
static struct str address_of_record(lua_State *L, struct script_run *r) {
    lua_getfield(L, -1, "emails");
    int list = lua_gettop(L);
    lua_Integer count = lua_istable(L, list) ? (lua_Integer)lua_rawlen(L, list) : 0, chosen = 1;
    for (lua_Integer i = count; i >= 1; i--) {
        lua_rawgeti(L, list, i);
        lua_getfield(L, -1, "primary");
        if (lua_toboolean(L, -1)) chosen = i;
        lua_pop(L, 2);
    }
    if (count == 0) wrong(L, "someone with an e-mail address");
    lua_rawgeti(L, list, chosen);
    lua_getfield(L, -1, "value");
    struct str address = keep_text(L, r);
    lua_settop(L, list - 1);
    return address;
}

/* The value on top: an address, or a record that has one. */
static void add_to(lua_State *L, struct script_run *r, struct mail_message *m, struct str *to) {
    if (m->to_count == MAIL_TO_MAX) wrong(L, "at most 50 addresses");
    if (lua_type(L, -1) == LUA_TSTRING)
        to[m->to_count++] = keep_text(L, r);
    else if (script_record_test(L, -1))
        to[m->to_count++] = address_of_record(L, r);
    else
        wrong(L, "addresses, or records with e-mails, in to");
}

static void read_to(lua_State *L, struct script_run *r, struct mail_message *m) {
    struct str *to = ARENA_ARRAY(r->arena, MAIL_TO_MAX, struct str);
    if (!to) no_memory(L);
    m->to = to;
    if (push_key(L, 1, "to") == LUA_TTABLE) {
        lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
        for (lua_Integer i = 1; i <= count; i++) {
            lua_rawgeti(L, -1, i);
            add_to(L, r, m, to);
            lua_pop(L, 1);
        }
    } else {
        add_to(L, r, m, to);
    }
    lua_pop(L, 1);
}

/* What `language` says; else that of the user it goes to; else the company's. */
static enum language choose_language(lua_State *L, struct script_run *r) {
    const struct company *company = engine_company_ref(r->engine);
    enum language language = company->language;
    engine_company_unref(r->engine, company);
    size_t len = 0;
    const char *tag = NULL;
    if (push_key(L, 1, "language") == LUA_TNIL) {
        lua_pop(L, 1);
        push_key(L, 1, "to");
        const struct script_record *it = script_record_test(L, -1);
        if (it && it->entity && str_is(it->entity->name, "user"))
            lua_getfield(L, -1, "language");
        else
            lua_pushnil(L);
        lua_remove(L, -2);
    }
    if (lua_type(L, -1) == LUA_TSTRING) tag = lua_tolstring(L, -1, &len);
    if (len) language = language_find(str_make(tag, len));
    lua_pop(L, 1);
    return language;
}

/* ---- the texts --------------------------------------------------------------------------------
 */

/* A text, or { en =, ru = }, filled in. */
static struct str read_text(lua_State *L, const char *key, const struct script_fill *f) {
    int type = push_key(L, 1, key);
    if (type == LUA_TTABLE) {
        int table = lua_gettop(L);
        if (push_key(L, table, language_tag(f->language)) == LUA_TNIL) {
            lua_pop(L, 1);
            push_key(L, table, language_tag(LANGUAGE_EN));
        }
        lua_remove(L, table);
        type = lua_type(L, -1);
    }
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return STR_NONE;
    }
    if (type != LUA_TSTRING) wrong(L, "texts, or { en = ..., ru = ... }");
    l_mail_fill(L, f);
    struct str text = keep_text(L, f->run);
    lua_pop(L, 1);
    return text;
}

static void read_texts(lua_State *L, struct script_run *r, struct mail_message *m) {
    struct script_fill fill = {.run = r, .language = choose_language(L, r)};
    if (push_key(L, 1, "values") == LUA_TTABLE)
        fill.values = lua_gettop(L);
    else if (!lua_isnil(L, -1))
        wrong(L, "a table in values");
    push_key(L, 1, "about");
    const struct script_record *about = script_record_test(L, -1);
    if (about && about->entity) {
        fill.about = lua_gettop(L);
        m->entity = about->entity->name;
        m->record = about->id;
    } else if (!lua_isnil(L, -1)) {
        wrong(L, "a record in about");
    }
    m->subject = read_text(L, "subject", &fill);
    m->text = read_text(L, "text", &fill);
    fill.html = true;
    m->html = read_text(L, "html", &fill);
    lua_pop(L, 2);
    if (push_key(L, 1, "reply_to") == LUA_TSTRING) m->reply_to = keep_text(L, r);
    lua_pop(L, 1);
}

/* ---- attachments: records of `file` that the actor may read ------------------------------------
 */

static struct str field_text(lua_State *L, struct script_run *r, const char *name) {
    lua_getfield(L, -1, name);
    struct str text = lua_type(L, -1) == LUA_TSTRING ? keep_text(L, r) : STR_NONE;
    lua_pop(L, 1);
    return text;
}

static void read_parts(lua_State *L, struct script_run *r, struct mail_message *m) {
    struct mail_attachment *parts = ARENA_ARRAY(r->arena, MAIL_PARTS_MAX, struct mail_attachment);
    if (!parts) no_memory(L);
    m->parts = parts;
    if (push_key(L, 1, "attachments") == LUA_TTABLE) {
        size_t count = lua_rawlen(L, -1);
        if (count > MAIL_PARTS_MAX) wrong(L, "at most 10 attachments");
        for (size_t i = 0; i < count; i++) {
            lua_rawgeti(L, -1, (lua_Integer)i + 1);
            const struct script_record *file = script_record_test(L, -1);
            if (!file || !file->entity || !str_is(file->entity->name, "file"))
                wrong(L, "files in attachments");
            parts[i] =
                (struct mail_attachment){field_text(L, r, "name"), field_text(L, r, "media_type"),
                                         field_text(L, r, "digest")};
            if (!parts[i].digest.len) wrong(L, "files in attachments that are there");
            m->part_count++;
            lua_pop(L, 1);
        }
    } else if (!lua_isnil(L, -1)) {
        wrong(L, "a list of files in attachments");
    }
    lua_pop(L, 1);
}

/* ---- asking -----------------------------------------------------------------------------------
 */

static size_t mails_of(const struct script_run *r) {
    size_t count = 0;
    for (size_t i = 0; i < r->out_count; i++)
        count += r->outs[i].is_mail;
    return count;
}

static crm_status keep(struct script_run *r, const struct mail_message *m, struct err *err) {
    struct script_out out = {.is_mail = true};
    if (mails_of(r) == SCRIPT_MAILS_MAX)
        return err_set(err, CRM_TOO_LARGE, &say_script_mail_many, NULL);
    crm_status status = mail_check(r->engine, m, err);
    if (status == CRM_OK) status = mail_payload(m, r->arena, &out.payload, err);
    if (status != CRM_OK) return status;
    struct script_out *all =
        arena_grow(r->arena, r->outs, r->out_count, &r->out_capacity, sizeof *all);
    if (!all) return err_no_memory(err);
    r->outs = all;
    all[r->out_count++] = out;
    script_run_effect(r, "mail", m->entity, m->record, out.payload);
    return CRM_OK;
}

static struct str owner_of(const struct script_run *r) {
    return r->state->owner.len ? r->state->owner : STR("script");
}

static int l_mail(lua_State *L) {
    struct script_run *r = l_run(L, "mail");
    struct mail_message m = {.owner = owner_of(r)};
    struct err err;
    l_check_stopped(L, r);
    if (r->hook) l_fail(L, &say_script_not_before, (const struct str[]){STR("mail")}, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_checkstack(L, STACK, NULL);
    l_note_place(L, r);
    check_keys(L);
    read_to(L, r, &m);
    read_texts(L, r, &m);
    read_parts(L, r, &m);
    l_raise_status(L, keep(r, &m, &err), &err);
    return 0;
}

void l_mail_open(lua_State *L) {
    lua_pushcfunction(L, l_mail);
    lua_setfield(L, -2, "mail");
}

crm_status script_mail_write(const struct script_run *r, struct event_hub *hub, struct str cause,
                             struct store_conn *writer, struct err *err) {
    struct mail_batch batch = {
        .owner = owner_of(r), .cause = cause, .depth = r->changeset ? r->changeset->depth : 0};
    size_t count = mails_of(r);
    if (count == 0) return CRM_OK;
    if (!hub) return err_internal(err, "mails without jobs");
    struct str *payloads = ARENA_ARRAY(r->arena, count, struct str);
    if (!payloads) return err_no_memory(err);
    for (size_t i = 0; i < r->out_count; i++)
        if (r->outs[i].is_mail) payloads[batch.count++] = r->outs[i].payload;
    batch.payloads = payloads;
    return mail_enqueue(hub, writer, &batch, err);
}
