-- Deals with their product lines, the default pipeline and why deals are lost.

directory "lost_reason" {
  label = { en = "Reasons of loss", ru = "Причины проигрыша" },
  items = {
    { code = "price", label = { en = "Price", ru = "Цена" } },
    { code = "competitor", label = { en = "Chose a competitor", ru = "Выбрали конкурента" } },
    { code = "no_budget", label = { en = "No budget", ru = "Нет бюджета" } },
    { code = "no_decision", label = { en = "No decision", ru = "Решение не принято" } },
    { code = "product", label = { en = "Product does not fit", ru = "Не подошёл продукт" } },
    { code = "delivery", label = { en = "Delivery terms", ru = "Условия поставки" } },
  },
}

directory "forecast_category" {
  label = { en = "Forecast categories", ru = "Категории прогноза" },
  items = {
    { code = "pipeline", label = { en = "Pipeline", ru = "Воронка" } },
    { code = "best_case", label = { en = "Best case", ru = "Лучший случай" } },
    { code = "commit", label = { en = "Commit", ru = "Обязательство" } },
    { code = "omitted", label = { en = "Omitted", ru = "Не учитывать" } },
  },
}

directory "deal_colleague_role" {
  label = { en = "Roles of colleagues", ru = "Роли сотрудников" },
  items = {
    { code = "presale", label = { en = "Pre-sale", ru = "Пресейл" } },
    { code = "delivery", label = { en = "Delivery", ru = "Внедрение" } },
    { code = "support", label = { en = "Support", ru = "Поддержка" } },
  },
}

entity "deal" {
  label = { en = "Deal", ru = "Сделка" },
  label_plural = { en = "Deals", ru = "Сделки" },
  icon = "handshake",
  title = "name",
  pipeline = { closed = "closed_on", since = "stage_since", probability = "probability" },
  fields = {
    -- A deal that nobody names goes by its product and organization.
    name = text {
      required = true, search = true, sort = true, label = { en = "Name", ru = "Название" },
      default = "if_else(product == nil, organization.name, if_else(organization == nil, product.name, product.name .. ' · ' .. organization.name))",
    },
    organization = ref "organization" { timeline_of = true, label = { en = "Organization", ru = "Организация" } },
    contact = ref "contact" { timeline_of = true, label = { en = "Contact", ru = "Контакт" } },
    contacts = links "contact" {
      label = { en = "Contacts", ru = "Контакты" },
      fields = { role = choice "contact_role" { label = { en = "Role", ru = "Роль" } } },
    },
    colleagues = links "user" {
      label = { en = "Colleagues", ru = "Сотрудники" },
      fields = { role = choice "deal_colleague_role" { label = { en = "Role", ru = "Роль" } } },
    },
    amount = money { rate_on = "closed_on", total_of = "lines_total", sort = true, label = { en = "Amount", ru = "Сумма" } },
    probability = integer { label = { en = "Probability, %", ru = "Вероятность, %" } },
    weighted = formula("amount * probability / 100") { label = { en = "Weighted amount", ru = "Взвешенная сумма" } },
    expected_on = date { sort = true, label = { en = "Expected close", ru = "Ожидаемое закрытие" } },
    started_on = date { label = { en = "Started", ru = "Начата" } },
    closed_on = date { sort = true, label = { en = "Closed", ru = "Закрыта" } },
    stage_since = time { label = { en = "In stage since", ru = "В стадии с" } },
    lead = ref "lead" { label = { en = "Lead", ru = "Лид" } },
    source = choice "source" { label = { en = "Source", ru = "Источник" } },
    forecast_category = choice "forecast_category" { label = { en = "Forecast category", ru = "Категория прогноза" } },
    lost_reason = choice "lost_reason" { label = { en = "Reason of loss", ru = "Причина проигрыша" } },
    competitor = ref "organization" { label = { en = "Competitor", ru = "Конкурент" } },
    where_it_stopped = text { label = { en = "Where it stopped", ru = "На чём остановились" } },
    next_step = text { label = { en = "Next step", ru = "Следующий шаг" } },
    product = ref "product" { label = { en = "Main product", ru = "Основной товар" } },
    lines = children "deal_line" { by = "deal", label = { en = "Lines", ru = "Позиции" } },
    lines_total = rollup {
      of = "deal_line", by = "deal", value = "sum(total)", label = { en = "Total of lines", ru = "Итого по позициям" },
    },
    open_activities = rollup {
      of = "activity", by = "about", value = "count(done_at == nil and status ~= 'cancelled' and kind ~= 'note')",
      label = { en = "Open activities", ru = "Открытые дела" },
    },
    next_activity_at = rollup {
      of = "activity", by = "about",
      value = "min(coalesce(due_at, starts_at), done_at == nil and status ~= 'cancelled' and kind ~= 'note')",
      label = { en = "Next activity", ru = "Следующее дело" },
    },
    segments = links "segment" { label = { en = "Lists", ru = "Списки" } },
    description = long_text { label = { en = "Description", ru = "Описание" } },
  },
  rules = {
    {
      when = "amount ~= nil and amount < 0",
      refuse = "amount",
      message = { en = "An amount cannot be negative", ru = "Сумма не может быть отрицательной" },
    },
    {
      when = "probability ~= nil and (probability < 0 or probability > 100)",
      refuse = "probability",
      message = { en = "A probability lies between 0 and 100", ru = "Вероятность лежит между 0 и 100" },
    },
  },
}

entity "deal_line" {
  label = { en = "Line", ru = "Позиция" },
  label_plural = { en = "Lines", ru = "Позиции" },
  icon = "list",
  title = "name",
  fields = {
    deal = ref "deal" { required = true, on_delete = "with", label = { en = "Deal", ru = "Сделка" } },
    product = ref "product" { label = { en = "Product", ru = "Товар" } },
    name = text { default = "product.name", label = { en = "Name", ru = "Название" } },
    quantity = decimal { default = "1", label = { en = "Quantity", ru = "Количество" } },
    unit = choice "unit" { label = { en = "Unit", ru = "Единица" } },
    price = money { label = { en = "Price", ru = "Цена" } },
    cost = money { label = { en = "Cost", ru = "Себестоимость" } },
    discount_percent = decimal { label = { en = "Discount, %", ru = "Скидка, %" } },
    tax = choice "tax" { label = { en = "Tax", ru = "Налог" } },
    total = formula("price * (quantity * (100 - coalesce(discount_percent, 0)) / 100)") { label = { en = "Total", ru = "Сумма" } },
  },
  rules = {
    {
      when = "discount_percent ~= nil and (discount_percent < 0 or discount_percent > 100)",
      refuse = "discount_percent",
      message = { en = "A discount lies between 0 and 100 %", ru = "Скидка лежит между 0 и 100 %" },
    },
  },
}

extend "organization" {
  fields = {
    open_deals = rollup {
      of = "deal", by = "organization", value = "count(stage.kind == 'open')", label = { en = "Open deals", ru = "Открытые сделки" },
    },
    won_amount = rollup {
      of = "deal", by = "organization", value = "sum(amount, stage.kind == 'won')", label = { en = "Won", ru = "Выиграно" },
    },
  },
}

pipeline "deal" {
  name = "Sales",
  label = { en = "Sales", ru = "Продажи" },
  stages = {
    { name = "Prospecting", label = { en = "Prospecting", ru = "Поиск" }, kind = "open", probability = 10, limit_days = 14 },
    { name = "Qualified", label = { en = "Qualified", ru = "Квалификация" }, kind = "open", probability = 30, limit_days = 14 },
    { name = "Proposal", label = { en = "Proposal", ru = "Предложение" }, kind = "open", probability = 50, limit_days = 21 },
    { name = "Negotiation", label = { en = "Negotiation", ru = "Переговоры" }, kind = "open", probability = 75, limit_days = 21 },
    { name = "Won", label = { en = "Won", ru = "Выиграна" }, kind = "won", probability = 100 },
    { name = "Lost", label = { en = "Lost", ru = "Проиграна" }, kind = "lost", probability = 0 },
  },
}
