-- What has to be put right: customers that cannot be reached or sorted, and those that look made up.

local function quality(entity, en, ru, incomplete, note_en, note_ru)
  local all, bad = entity .. "s_all", entity .. "s_incomplete"
  metric(all) { label = { en = en, ru = ru }, note = { en = "All of them, whenever they were made.", ru = "Все, когда бы они ни были созданы." }, of = entity, measure = "count()" }
  metric(bad) { label = { en = en .. " incomplete", ru = ru .. " неполных" }, note = { en = note_en, ru = note_ru }, of = entity, measure = "count()", where = incomplete }
  metric(bad .. "_share") {
    label = { en = en .. " incomplete, share", ru = ru .. " неполных, доля" }, note = { en = "More than a fifth is marked.", ru = "Больше пятой части отмечается." },
    formula = bad .. " / " .. all, unit = "percent", flag_above = "0.2",
  }
end
quality("organization", "Organizations", "Организаций", "industry == nil or country == nil or (emails == nil and phones == nil)",
  "Without industry, without country, or with neither phone nor e-mail.", "Без отрасли, без страны или без телефона и почты.")
quality("contact", "Contacts", "Контактов", "organization == nil or (emails == nil and phones == nil)",
  "Without organization, or with neither phone nor e-mail.", "Без организации или без телефона и почты.")
quality("lead", "Leads", "Лидов", "source == nil or (emails == nil and phones == nil)",
  "Without source, or with neither phone nor e-mail.", "Без источника или без телефона и почты.")

local fake = "contains(phones, '0000000') or contains(phones, '1234567') or contains(emails, 'test@') or contains(emails, '@test.')"
metric "contacts_fake" {
  label = { en = "Contacts likely made up", ru = "Контактов, похожих на выдуманные" }, note = { en = "Phones with 0000000 or 1234567, e-mails of test.", ru = "Телефоны с 0000000 или 1234567, почта test." },
  of = "contact", measure = "count()", where = fake, flag_above = "0",
}
metric "leads_fake" {
  label = { en = "Leads likely made up", ru = "Лидов, похожих на выдуманные" }, note = { en = "Phones with 0000000 or 1234567, e-mails of test.", ru = "Телефоны с 0000000 или 1234567, почта test." },
  of = "lead", measure = "count()", where = fake, flag_above = "0",
}

report "data_quality" {
  label = { en = "Quality of data", ru = "Качество данных" },
  help = { en = "Whose records have to be put right before figures can be trusted?", ru = "Чьи записи исправить, чтобы цифрам можно было верить?" },
  group = "quality", rows = "owner", filters = { "team", "manager" },
  measures = {
    "organizations_incomplete", "organizations_all", "organizations_incomplete_share", "contacts_incomplete", "contacts_all", "contacts_incomplete_share", "contacts_fake",
    "leads_incomplete", "leads_all", "leads_incomplete_share", "leads_fake", "deals_without_amount", "deals_past_expected",
  },
  chart = "stacked",
}
report "data_quality_by_source" {
  label = { en = "Quality of data by source", ru = "Качество данных по источникам" },
  help = { en = "Which door do incomplete records come in by?", ru = "Через какую дверь приходят неполные записи?" },
  group = "quality", rows = "source", filters = { "owner", "team" },
  measures = { "leads_incomplete", "leads_all", "leads_incomplete_share", "leads_fake", "contacts_incomplete", "contacts_all", "contacts_incomplete_share", "contacts_fake" }, chart = "stacked",
}
