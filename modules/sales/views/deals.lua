-- Deals and leads on their boards, and those that need somebody on the day's first page.

view "deal_board" {
  page = "board",
  entity = "deal",
  fields = { amount = "amount", weighted = "weighted", next = "next_activity_at", lost = "lost_reason", lines = { "organization", "contact" } },
}

view "lead_board" {
  page = "board",
  entity = "lead",
  fields = { amount = "amount", due = "respond_by", lost = "lost_reason", lines = { "organization_name", "source" } },
}

view "deals_without_step" {
  page = "home",
  position = 30,
  entity = "deal",
  icon = "circle-dashed",
  tone = "amber",
  label = { en = "Deals without a next step", ru = "Сделки без следующего шага" },
  help = { en = "Every open deal has something planned.", ru = "По каждой открытой сделке что-то запланировано." },
  where = "stage.kind == 'open' and open_activities == 0",
  sort = "-amount",
  fields = { amount = "amount", stage = "stage", lines = { "organization" } },
}

view "new_leads" {
  page = "home",
  position = 40,
  entity = "lead",
  icon = "inbox",
  tone = "violet",
  label = { en = "New leads", ru = "Новые лиды" },
  help = { en = "No lead waits for a first answer.", ru = "Ни один лид не ждёт первого ответа." },
  where = "stage.kind == 'open' and first_response_at == nil",
  sort = "respond_by",
  fields = { amount = "amount", date = "respond_by", stage = "stage", lines = { "organization_name" } },
}

view "stuck_deals" {
  page = "home",
  position = 50,
  entity = "deal",
  icon = "hourglass",
  tone = "amber",
  label = { en = "Stuck deals", ru = "Застрявшие сделки" },
  help = { en = "No deal stays in its stage longer than it should.", ru = "Ни одна сделка не стоит в стадии дольше положенного." },
  where = "stage.kind == 'open' and stage.limit_days ~= nil and day(stage_since) + stage.limit_days < today()",
  sort = "stage_since",
  fields = { amount = "amount", stage = "stage", lines = { "organization" } },
}
