/* Notifications: the routes under me/notifications, and reminders of tasks that come due. What
 * tells people of changes stands in entities/notification.lua.
 *
 * Threads: routes on readers, the reminder on a job's thread. Borrows the module's services. */
#ifndef MODULES_BASE_NOTIFICATION_H
#define MODULES_BASE_NOTIFICATION_H

#include <crm/services.h>

crm_status notification_register(const struct crm *crm, struct crm_error *err);
crm_status reminder_register(const struct crm *crm, struct crm_error *err);

#endif
