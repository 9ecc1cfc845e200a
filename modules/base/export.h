/* Export of any list: CSV that spreadsheets cannot be tricked with, JSON, a workbook (XLSX), and
 * vCards of people and organizations, row by row under the right to export. `perigee export ENTITY`
 * and `GET /api/v1/export/{entity}`.
 *
 * CSV: UTF-8 with BOM, CRLF, a header of field names, `id` first. A text cell that matches
 * ^'*[=+@\t\r-] gets one apostrophe in front (CWE-1236); import takes exactly that one off.
 * Threads: the command's, or the reader lane. */
#ifndef MODULES_BASE_EXPORT_H
#define MODULES_BASE_EXPORT_H

#include <crm/services.h>

crm_status export_register(struct crm *crm, struct crm_error *err);

#endif
