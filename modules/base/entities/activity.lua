-- Activities: tasks, calls, meetings, notes and mail about any record.

directory "activity_kind" {
  label = { en = "Kinds of activity", ru = "Виды дел" },
  items = {
    { code = "task", label = { en = "Task", ru = "Задача" }, color = "blue" },
    { code = "call", label = { en = "Call", ru = "Звонок" }, color = "green" },
    { code = "meeting", label = { en = "Meeting", ru = "Встреча" }, color = "violet" },
    { code = "note", label = { en = "Note", ru = "Заметка" }, color = "gray" },
    { code = "e-mail", label = { en = "E-mail", ru = "Письмо" }, color = "amber" },
    { code = "visit", label = { en = "Visit", ru = "Визит" }, color = "violet" },
  },
}

directory "activity_status" {
  label = { en = "States of activities", ru = "Состояния дел" },
  items = {
    { code = "planned", label = { en = "Planned", ru = "Запланировано" } },
    { code = "in_progress", label = { en = "In progress", ru = "В работе" }, color = "blue" },
    { code = "done", label = { en = "Done", ru = "Сделано" }, color = "green" },
    { code = "cancelled", label = { en = "Cancelled", ru = "Отменено" }, color = "gray" },
  },
}

directory "activity_priority" {
  label = { en = "Priorities", ru = "Приоритеты" },
  items = {
    { code = "low", label = { en = "Low", ru = "Низкий" }, color = "gray" },
    { code = "normal", label = { en = "Normal", ru = "Обычный" } },
    { code = "high", label = { en = "High", ru = "Высокий" }, color = "red" },
  },
}

directory "activity_direction" {
  label = { en = "Directions", ru = "Направления" },
  items = {
    { code = "incoming", label = { en = "Incoming", ru = "Входящий" } },
    { code = "outgoing", label = { en = "Outgoing", ru = "Исходящий" } },
  },
}

directory "activity_outcome" {
  label = { en = "Outcomes", ru = "Результаты" },
  items = {
    { code = "reached", label = { en = "Reached", ru = "Дозвон" }, color = "green" },
    { code = "no_answer", label = { en = "No answer", ru = "Не ответили" }, color = "amber" },
    { code = "busy", label = { en = "Busy", ru = "Занято" } },
    { code = "wrong_number", label = { en = "Wrong number", ru = "Неверный номер" }, color = "red" },
    { code = "voicemail", label = { en = "Voicemail", ru = "Голосовая почта" } },
  },
}

entity "activity" {
  label = { en = "Activity", ru = "Дело" },
  label_plural = { en = "Activities", ru = "Дела" },
  icon = "check-square",
  title = "subject",
  timeline = { by = "about", at = "coalesce(done_at, due_at, starts_at, created_at)" },
  open = "done_at == nil and not one_of(status, 'done', 'cancelled') and kind ~= 'note'",
  fields = {
    kind = choice "activity_kind" { default = "'task'", label = { en = "Kind", ru = "Вид" } },
    subject = text { required = true, search = true, label = { en = "Subject", ru = "Тема" } },
    body = long_text { search = true, label = { en = "Text", ru = "Текст" } },
    about = ref_any { label = { en = "About", ru = "О чём" } },
    mentions = links "user" { label = { en = "Mentions", ru = "Упомянуты" } },
    participants = links "contact" { label = { en = "Participants", ru = "Участники" } },
    organization = ref "organization" { label = { en = "Organization", ru = "Организация" } },
    due_at = time { sort = true, label = { en = "Due", ru = "Срок" } },
    starts_at = time { label = { en = "Starts", ru = "Начало" } },
    ends_at = time { label = { en = "Ends", ru = "Конец" } },
    all_day = boolean { label = { en = "All day", ru = "Весь день" } },
    done_at = time { label = { en = "Done", ru = "Сделано" } },
    status = choice "activity_status" { default = "'planned'", label = { en = "Status", ru = "Состояние" } },
    percent = integer { label = { en = "Percent", ru = "Процент" } },
    postponed_count = integer { default = "0", label = { en = "Times postponed", ru = "Сколько раз перенесено" } },
    priority = choice "activity_priority" { label = { en = "Priority", ru = "Приоритет" } },
    direction = choice "activity_direction" { label = { en = "Direction", ru = "Направление" } },
    duration_seconds = integer { label = { en = "Duration, s", ru = "Длительность, с" } },
    outcome = choice "activity_outcome" { label = { en = "Outcome", ru = "Результат" } },
    location = text { label = { en = "Place", ru = "Место" } },
    recurrence = text { label = { en = "Repeats", ru = "Повторение" } },
    reminders = json { label = { en = "Reminders", ru = "Напоминания" } },
    recording = file { label = { en = "Recording", ru = "Запись" } },
  },
  rules = {
    {
      when = "percent ~= nil and (percent < 0 or percent > 100)",
      refuse = "percent",
      message = { en = "A percentage lies between 0 and 100", ru = "Процент лежит между 0 и 100" },
    },
    {
      when = "starts_at ~= nil and ends_at ~= nil and ends_at < starts_at",
      refuse = "ends_at",
      message = { en = "The end comes before the beginning", ru = "Конец раньше начала" },
    },
    {
      when = "duration_seconds ~= nil and duration_seconds < 0",
      refuse = "duration_seconds",
      message = { en = "A duration cannot be negative", ru = "Длительность не может быть отрицательной" },
    },
  },
}

-- A finished task says when, a postponed one counts.
before("activity", function(activity, change)
  if activity.status == "done" and activity.done_at == nil then
    activity.done_at = crm.now()
    activity.percent = 100
  elseif activity.done_at ~= nil and change:changed("done_at") and not change:changed("status") then
    activity.status = "done"
  end
  local was = change.before and change.before.due_at
  if was and activity.due_at and activity.due_at > was then
    activity.postponed_count = (activity.postponed_count or 0) + 1
  end
end)
