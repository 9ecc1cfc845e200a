/* Results as rows of store_value: whole when they are small, by a server-side cursor in portions
 * when the caller expects many. Values are binary. */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/postgres/postgres.h"

/* Type numbers of pg_type that our statements yield. */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_UNKNOWN = 705,
    TYPE_VARCHAR = 1043
};

struct postgres_rows {
    struct store_rows rows; /* first */
    PGresult *result;
    Oid *types;
    int row, row_count;
    bool portions;        /* a cursor stands behind */
    bool own_transaction; /* opened for the cursor */
    bool borrowed;        /* the result is somebody else's */
    uint64_t cursor;
};

static bool read_value(Oid type, const char *bytes, int len, struct store_value *v) {
    int64_t big;
    int32_t middle;
    int16_t small;
    switch (type) {
    case TYPE_INT8:
        memcpy(&big, bytes, sizeof big);
        *v = store_int((int64_t)be64toh((uint64_t)big));
        return true;
    case TYPE_INT4:
        memcpy(&middle, bytes, sizeof middle);
        *v = store_int((int32_t)be32toh((uint32_t)middle));
        return true;
    case TYPE_INT2:
        memcpy(&small, bytes, sizeof small);
        *v = store_int((int16_t)be16toh((uint16_t)small));
        return true;
    case TYPE_BOOL:
        *v = store_int(bytes[0] != 0);
        return true;
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_NAME:
    case TYPE_UNKNOWN:
        *v = store_text(str_make(bytes, (size_t)len));
        return true;
    case TYPE_BYTEA:
        *v = store_blob(str_make(bytes, (size_t)len));
        return true;
    default:
        return false;
    }
}

static crm_status take_result(struct postgres_rows *r, PGresult *result, struct err *err) {
    if (!r->borrowed) PQclear(r->result);
    r->result = result;
    r->row = 0;
    r->row_count = PQntuples(result);
    if (r->types) return CRM_OK;
    int columns = PQnfields(result);
    r->rows.column_count = columns;
    r->rows.values = calloc((size_t)columns + 1, sizeof *r->rows.values);
    r->types = calloc((size_t)columns + 1, sizeof *r->types);
    if (!r->types || !r->rows.values) return err_no_memory(err);
    for (int i = 0; i < columns; i++)
        r->types[i] = PQftype(result, i);
    return CRM_OK;
}

static crm_status fetch(struct postgres_rows *r, struct err *err) {
    char text[64];
    PGresult *result = NULL;
    snprintf(text, sizeof text, "FETCH %d FROM c%" PRIu64, POSTGRES_FETCH_ROWS, r->cursor);
    crm_status status = postgres_send_text(postgres_conn_of(r->rows.conn), text, &result, err);
    return status == CRM_OK ? take_result(r, result, err) : status;
}

static crm_status open_cursor(struct postgres_rows *r, const struct statement *q, struct err *err) {
    struct postgres_conn *n = postgres_conn_of(r->rows.conn);
    struct buf text BUF_CLEANUP;
    buf_init(&text, SQL_TEXT_MAX_BYTES + 64);
    if (!r->rows.conn->in_transaction) {
        crm_status status =
            postgres_send_text(n, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, err);
        if (status != CRM_OK) return status;
        r->own_transaction = true;
    }
    r->cursor = ++n->next_cursor;
    buf_printf(&text, "DECLARE c%" PRIu64 " NO SCROLL CURSOR FOR ", r->cursor);
    buf_add_str(&text, q->text);
    if (text.status != CRM_OK) return err_no_memory(err);
    r->portions = true;
    crm_status status = postgres_declare(n, text.ptr, q, err);
    return status == CRM_OK ? fetch(r, err) : status;
}

static crm_status open_whole(struct postgres_rows *r, const struct statement *q, struct err *err) {
    struct postgres_conn *n = postgres_conn_of(r->rows.conn);
    PGresult *result = NULL;
    bool idle = !r->rows.conn->in_transaction;
    crm_status status = idle ? postgres_revive(n, err) : CRM_OK;
    if (status == CRM_OK) status = postgres_send(n, q, &result, err);
    if (status == CRM_UNAVAILABLE && idle && PQstatus(n->db) == CONNECTION_BAD &&
        postgres_revive(n, err) == CRM_OK)
        status = postgres_send(n, q, &result, err);
    return status == CRM_OK ? take_result(r, result, err) : status;
}

crm_status postgres_rows_open(struct store_conn *c, const struct statement *q, bool large,
                              struct store_rows **ret, struct err *err) {
    struct postgres_rows *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->rows.conn = c;
    crm_status status;
    if (large && (c->in_transaction || c->role == STORE_READER)) {
        status = c->in_transaction ? CRM_OK : postgres_revive(postgres_conn_of(c), err);
        if (status == CRM_OK) status = open_cursor(r, q, err);
    } else {
        status = open_whole(r, q, err);
    }
    if (status != CRM_OK) {
        postgres_rows_close(&r->rows);
        return status;
    }
    *ret = &r->rows;
    return CRM_OK;
}

crm_status postgres_rows_of(struct store_conn *c, PGresult *borrowed, struct store_rows **ret,
                            struct err *err) {
    struct postgres_rows *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->rows.conn = c;
    r->borrowed = true;
    crm_status status = take_result(r, borrowed, err);
    if (status != CRM_OK) {
        postgres_rows_close(&r->rows);
        return status;
    }
    *ret = &r->rows;
    return CRM_OK;
}

crm_status postgres_rows_next(struct store_rows *rows, bool *ret_row, struct err *err) {
    struct postgres_rows *r = (struct postgres_rows *)rows;
    if (r->row == r->row_count && r->portions && r->row_count == POSTGRES_FETCH_ROWS) {
        crm_status status = fetch(r, err);
        if (status != CRM_OK) return status;
    }
    *ret_row = r->row < r->row_count;
    if (!*ret_row) return CRM_OK;
    for (int i = 0; i < rows->column_count; i++) {
        rows->values[i].type = STORE_NULL;
        if (PQgetisnull(r->result, r->row, i)) continue;
        if (!read_value(r->types[i], PQgetvalue(r->result, r->row, i),
                        PQgetlength(r->result, r->row, i), &rows->values[i]))
            return err_internal(err, "column %d has type %u", i, r->types[i]);
    }
    r->row++;
    return CRM_OK;
}

static void close_cursor(struct postgres_rows *r) {
    struct postgres_conn *n = postgres_conn_of(r->rows.conn);
    char text[64];
    if (r->own_transaction) {
        PGresult *result = NULL;
        postgres_send_text(n, "ROLLBACK", &result, NULL);
        PQclear(result);
    } else if (r->portions && !r->rows.conn->failed) {
        snprintf(text, sizeof text, "CLOSE c%" PRIu64, r->cursor);
        postgres_send_text(n, text, NULL, NULL);
    }
}

void postgres_rows_close(struct store_rows *rows) {
    struct postgres_rows *r = (struct postgres_rows *)rows;
    close_cursor(r);
    if (!r->borrowed) PQclear(r->result);
    free(r->types);
    free(rows->values);
    free(r);
}
