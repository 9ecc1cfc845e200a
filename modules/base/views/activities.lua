-- Activities in the calendar and on the day's first page.

local open = "done_at == nil and status ~= 'cancelled' and kind ~= 'note'"

view "activity_calendar" {
  page = "calendar",
  entity = "activity",
  label = { en = "Calendar", ru = "Календарь" },
  where = "kind ~= 'note' and status ~= 'cancelled'",
  fields = {
    starts = "starts_at", ends = "ends_at", due = "due_at", all_day = "all_day", done = "done_at",
    kind = "kind", person = "owner", lines = { "about", "organization" },
  },
}

view "overdue_activities" {
  page = "home",
  position = 10,
  entity = "activity",
  icon = "alarm",
  tone = "red",
  label = { en = "Overdue", ru = "Просрочено" },
  help = { en = "Nothing is overdue.", ru = "Ничего не просрочено." },
  where = open .. " and coalesce(due_at, starts_at) < today()",
  sort = "coalesce(due_at, starts_at)",
  fields = { done = "done_at", date = { "due_at", "starts_at" }, kind = "kind", lines = { "about", "organization" } },
}

view "activities_today" {
  page = "home",
  position = 20,
  entity = "activity",
  icon = "calendar",
  tone = "blue",
  label = { en = "Today", ru = "Сегодня" },
  help = { en = "Nothing is planned for today.", ru = "На сегодня ничего не запланировано." },
  where = open .. " and day(coalesce(due_at, starts_at)) == today()",
  sort = "coalesce(due_at, starts_at)",
  fields = { done = "done_at", date = { "due_at", "starts_at" }, kind = "kind", lines = { "about", "organization" } },
}
