/* Problem documents (RFC 9457): what went wrong, for people in their language and for programs by a
 * stable code. */
#include <stdio.h>

#include "http/connection.h"
#include "record/read.h"

struct title {
    int http;
    const char *text[LANGUAGE_COUNT];
};

static const struct title titles[] = {
    {400, {"The request is malformed", "Запрос составлен неверно"}},
    {401, {"Sign-in is needed", "Нужно войти"}},
    {403, {"Not allowed", "Не разрешено"}},
    {404, {"Not found", "Не найдено"}},
    {405, {"Method not allowed", "Метод не допускается"}},
    {409, {"Conflict", "Противоречие"}},
    {411, {"Length required", "Нужна длина тела"}},
    {412, {"Changed meanwhile", "Тем временем изменено"}},
    {413, {"Too large", "Слишком большой запрос"}},
    {414, {"Address too long", "Слишком длинный адрес"}},
    {415, {"Unsupported content", "Содержимое не поддерживается"}},
    {416, {"Range not satisfiable", "Диапазон недоступен"}},
    {422, {"Refused by a rule", "Отклонено правилом"}},
    {429, {"Too many requests", "Слишком много запросов"}},
    {431, {"Headers too large", "Слишком большие заголовки"}},
    {500, {"Something went wrong on our side", "Ошибка на нашей стороне"}},
    {501, {"Not implemented", "Не поддерживается"}},
    {503, {"Not available now", "Сейчас недоступно"}},
};

const char *http_status_title(int http, enum language language) {
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].http == http) return titles[i].text[language];
    return titles[15].text[language];
}

static void put_message(struct json_writer *w, const struct err *err, enum language language) {
    struct buf text;
    buf_init(&text, 4096);
    err_format(err, language, &text);
    json_text(w, buf_str(&text));
    buf_fini(&text);
}

static void put_place(struct json_writer *w, const struct err *err) {
    if (err->field[0]) {
        json_key_lit(w, "field");
        json_cstr(w, err->field);
    }
    if (err->entity[0]) {
        json_key_lit(w, "entity");
        json_cstr(w, err->entity);
    }
    if (err->where[0]) {
        json_key_lit(w, "where");
        json_cstr(w, err->where);
    }
    if (err->column) {
        json_key_lit(w, "column");
        json_int64(w, err->column);
    }
}

static bool is_told(const struct err_list *fields, size_t before) {
    const struct err *it = &fields->items[before];
    for (size_t i = 0; i < before; i++)
        if (strcmp(fields->items[i].field, it->field) == 0 &&
            strcmp(fields->items[i].text.code, it->text.code) == 0 &&
            strcmp(fields->items[i].where, it->where) == 0)
            return true;
    return false;
}

/* One of them is the problem itself, which names it already. */
static bool are_several(const struct err_list *fields) {
    for (size_t i = 1; i < fields->count; i++)
        if (!is_told(fields, i)) return true;
    return false;
}

static void put_fields(struct json_writer *w, const struct err_list *fields,
                       enum language language) {
    json_key_lit(w, "fields");
    json_array_open(w);
    for (size_t i = 0; i < fields->count; i++) {
        if (is_told(fields, i)) continue;
        json_object_open(w);
        put_place(w, &fields->items[i]);
        json_key_lit(w, "code");
        json_cstr(w, fields->items[i].text.code);
        json_key_lit(w, "detail");
        put_message(w, &fields->items[i], language);
        json_object_shut(w);
    }
    json_array_shut(w);
}

/* The record as it is now, for whoever lost the race (412). */
static void put_current(struct http_request *r, struct json_writer *w) {
    struct record_view *view = http_view(r);
    struct buf record;
    struct err err;
    int64_t version;
    if (!view) return;
    buf_init(&record, HTTP_ANSWER_MAX);
    struct json_writer inner;
    json_writer_init(&inner, &record);
    if (record_get_json(view, r->stale_entity, r->stale_id, STR_NONE, &inner, &version, &err) ==
            CRM_OK &&
        record.status == CRM_OK) {
        json_key_lit(w, "current");
        json_raw(w, buf_str(&record));
        http_etag(r, version);
    }
    buf_fini(&record);
}

void http_problem_write(struct http_request *r, int http, const struct err *err) {
    struct json_writer *w = http_json(r);
    const struct err_list *fields = r->reply.fields;
    const char *code = err && err->text.code ? err->text.code : "internal";
    r->reply.content_type = "application/problem+json";
    json_object_open(w);
    json_key_lit(w, "type");
    char type[96];
    snprintf(type, sizeof type, "urn:perigee:problem:%.60s", code);
    json_cstr(w, type);
    json_key_lit(w, "title");
    json_cstr(w, http_status_title(http, r->language));
    json_key_lit(w, "status");
    json_int64(w, http);
    if (err) {
        json_key_lit(w, "detail");
        put_message(w, err, r->language);
    }
    json_key_lit(w, "code");
    json_cstr(w, code);
    if (err) put_place(w, err);
    if (fields && are_several(fields) && http != 500) put_fields(w, fields, r->language);
    if (http == 412 && r->stale_entity) put_current(r, w);
    json_key_lit(w, "request_id");
    json_text(w, r->request_id);
    json_object_shut(w);
}
