-- People: what they did beside what came of it, a rating by every definition, and who uses the system at all.

metric "suspicious_share" {
  label = { en = "Share of suspicious activities", ru = "Доля подозрительных дел" },
  note = { en = "Calls of no length and tasks closed at once, by activities done. More than a fifth is marked.", ru = "Звонки без длительности и задачи, закрытые сразу, к сделанным делам. Больше пятой части отмечается." },
  formula = "(calls_empty + tasks_closed_at_once) / activities_done", unit = "percent", flag_above = "0.2",
}

report "activity_and_results" {
  label = { en = "Activity beside results", ru = "Активность рядом с результатами" },
  help = { en = "What did each person do each day, what came of it, and does it look real?", ru = "Что каждый делал день за днём, что из этого вышло и похоже ли это на правду?" },
  group = "activity", period = "last_7_days", rows = { "owner", "day" }, filters = { "team", "manager" },
  measures = { "activities_done", "calls", "meetings", "tasks_done", "calls_empty", "tasks_closed_at_once", "suspicious_share", "deals_won", "revenue" },
  sort = "-activities_done", chart = "none",
}
report "rating_from_leads" {
  label = { en = "Rating from lead to revenue", ru = "Рейтинг от лида до выручки" },
  help = { en = "Who makes most of what comes in, by leads, deals and sums?", ru = "Кто больше всех извлекает из входящего: по лидам, сделкам и суммам?" },
  group = "sales", period = "this_year", rows = "owner", filters = { "team", "manager", "source" },
  measures = { "revenue", "leads_new", "leads_converted", "lead_conversion", "deals_new", "deals_won", "deals_lost", "average_deal", "win_rate", "win_rate_of_all" }, chart = "bars",
}

local function whose(path)
  return { owner = path, team = path .. ".team", region = path .. ".team.region", manager = path .. ".manager" }
end

metric "people" {
  label = { en = "People", ru = "Людей" }, note = { en = "Users who are active now, whether they write anything or not.", ru = "Действующие пользователи, пишут они что-нибудь или нет." },
  of = "user", measure = "count()", where = "active", by = { owner = "id", team = "team", region = "team.region", manager = "manager" },
}
local function made(entity, en, ru)
  metric("made_" .. entity) {
    label = { en = en .. " made", ru = "Создано: " .. ru }, note = { en = "By who made them and when, whoever owns them now.", ru = "По тому, кто и когда создал, кому бы запись ни принадлежала теперь." },
    of = entity, measure = "count()", on = "created_at", by = whose "created_by",
  }
end
made("organization", "Organizations", "организаций")
made("contact", "Contacts", "контактов")
made("lead", "Leads", "лидов")
made("deal", "Deals", "сделок")
made("activity", "Activities", "дел")
made("comment", "Comments", "комментариев")
metric "moves_made" {
  label = { en = "Moves between stages", ru = "Переходов по стадиям" }, note = { en = "By who moved the record, whoever owns it.", ru = "По тому, кто перевёл запись, чья бы она ни была." },
  of = "stage_change", measure = "count()", where = "not imported and not reverted and from ~= nil", on = "at", by = whose "actor",
}
metric "days_of_use" {
  label = { en = "Days with an activity entered", ru = "Дней, когда вносили дела" },
  of = "activity", measure = "count_distinct(day(created_at))", on = "created_at", by = whose "created_by",
}
metric "records_made" {
  label = { en = "Written in all", ru = "Внесено всего" }, note = { en = "Records made and stages moved; reading leaves no trace here.", ru = "Созданные записи и переходы по стадиям; чтение здесь не видно." },
  formula = "made_organization + made_contact + made_lead + made_deal + made_activity + made_comment + moves_made",
}
report "system_use" {
  label = { en = "Who really uses the system", ru = "Кто действительно пользуется системой" },
  help = { en = "Who writes what happens down, and who only looks?", ru = "Кто записывает происходящее, а кто только смотрит?" },
  group = "quality", period = "last_30_days", compare = "previous", rows = "owner", filters = { "team", "manager" },
  measures = { "records_made", "days_of_use", "made_organization", "made_contact", "made_lead", "made_deal", "made_activity", "made_comment", "moves_made", "people" }, sort = "records_made", chart = "bars",
}
