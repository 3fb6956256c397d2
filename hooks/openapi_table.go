package hooks

// described is a route as GET /openapi.json describes it. A member of query or body is its name, a
// question mark where it may be left out, and its type where it is no text.
type described struct {
	route, does string
	query, body []string
	open        bool   // to everybody
	form        bool   // the body is a form with a file
	answer      string // type of the answer, "" for JSON
}

// routesDescribed has a row for every route of the register's own, in the order of their paths; a test
// compares. docs/api.md says more of each.
var routesDescribed = []described{
	{route: "GET /account", does: "How one signs in: {name, email, role, session_hours, second_factor:{enrolled, required, " +
		"recovery_left}}"},
	{route: "DELETE /account/factor", does: "204; not where the role must have one",
		body: []string{"password", "code"}},
	{route: "POST /account/factor", does: "{secret, url, qr, setup}; it counts once confirmed",
		body: []string{"password"}},
	{route: "POST /account/factor/confirm", does: "{recovery_codes}, shown once",
		body: []string{"setup", "code"}},
	{route: "POST /account/password", does: "204; every session ends",
		body: []string{"old", "password"}},
	{route: "POST /account/signout", does: "204; every session ends"},
	{route: "POST /approvals/{id}/approve", does: "→ the request; the consequence follows in the same transaction. 409 approval_stale when " +
		"what it would change has changed",
		body: []string{"note?"}},
	{route: "POST /approvals/{id}/cancel", does: "By who asked, or a data administrator",
		body: []string{"note?"}},
	{route: "POST /approvals/{id}/reject", does: "Returned with a reason",
		body: []string{"note"}},
	{route: "GET /archives", does: "What lies in the archive, of customers that the asker could see, the newest first → {items}",
		query: []string{"q", "state", "page:integer", "perPage:integer"}},
	{route: "POST /archives/{id}/purge", does: "Asks for its destruction once it was kept long enough; data management decides → " +
		"{id, approval}",
		body: []string{"reason"}},
	{route: "POST /archives/{id}/restore", does: "The customer comes back whole → {id, customer, number, counts}",
		body: []string{"reason"}},
	{route: "GET /audit", does: "The audit log, newest first → {items:[{seq, at, actor, actor_name, actor_kind, role, ip, " +
		"action, collection, record, record_called?, detail, prev, hash}], next?}; record is an id or a customer's " +
		"number, page is next of the page before; data administrators and executives",
		query: []string{"actor", "action", "collection", "record", "from", "to", "limit:integer", "page:integer"}},
	{route: "GET /audit/verify", does: "Checks every entry → {ok, entries, from, first_bad?, code?, message?}; the same readers"},
	{route: "GET /backups", does: "Owners and data administrators: {items:[{name, kind, at, size, sha256, places, good, " +
		"problems, verified_at, keep, drop}], unreachable, state}"},
	{route: "POST /backups", does: "Makes a backup and brings it to every place → {name, state, size, copies:[{place, state, " +
		"attempts, error}], missing}"},
	{route: "POST /backups/{name}/drill", does: "Restores it on trial (newest names the newest) → {name, tables, rows, files, trial, " +
		"duration_ms}",
		body: []string{"identity?"}},
	{route: "GET /backups/{name}/file", does: "The encrypted file",
		answer: "application/octet-stream"},
	{route: "POST /backups/{name}/verify", does: "Compares every copy with its label and the book, without a private key → {good, " +
		"places:[{place, state, error}]}"},
	{route: "GET /calendar", does: "{days:[{date, working, why, provisional}], reminder}",
		query: []string{"from", "to"}},
	{route: "POST /calendar/notices", does: "The body is a year's notice: its text, ICS or lines (text/plain), or JSON; for data administrators"},
	{route: "GET /campaigns", does: "Marketing's own campaigns, a manager's departments', all for executives and data administrators, 50 a page " +
		"→ {items:[{…campaign, owner_name, due, provisional, ended, overdue, mine, customers:{draft, pending, active, " +
		"rejected, total}}], more}",
		query: []string{"page:integer"}},
	{route: "POST /campaigns/{id}/close", does: "By whoever keeps it, once it is over: its leads are entered, or it brought none, with a reason " +
		"→ {id, state}; its task ends",
		body: []string{"outcome", "reason?"}},
	{route: "POST /check", does: "Checks, normalises and looks for duplicates without saving → {normalized, contacts, errors, " +
		"warnings, missing, duplicates:[{level, score, reasons, codes, owner, id?, number?}]}; with " +
		"id, changes to that customer. Levels: exact refuses, suspected asks, related (branch, " +
		"subsidiary, shop of the brand) is one to make parent or child of. id and number only where " +
		"the asker may see the customer. 429 check_quota beyond the hour's quota",
		body: []string{"customer:object", "contacts?:array", "id?", "confirm?:object", "consent?:object"}},
	{route: "POST /contacts/{id}/reveal", does: "One value that the role reads masked and may have shown → {value}; counted per day (policy " +
		"reveal), told to the owner; a sealed number only while its consent stands " +
		"(consent_withdrawn)"},
	{route: "POST /customers/{id}/archive", does: "Asks for an active customer to be archived → {id, approval}",
		body: []string{"reason", "last_contact?"}},
	{route: "POST /customers/{id}/changes", does: "Asks for changes of an active customer → {approvals, applied}: a request for each decider; " +
		"what needs none is written at once. confirm, confirm_duplicate as with records",
		body: []string{"changes:object", "contacts?:array", "reason", "confirmed_with?", "attachments?:array", "occurred?"}},
	{route: "POST /customers/{id}/claim", does: "Sales and managers: takes a customer out of the shared pool → {id, number, owner}. 409 " +
		"pool_taken, pool_lost; 429 pool_quota"},
	{route: "GET /customers/{id}/overview", does: "{customer, contacts, followups, contracts, orders, tickets, attachments, consents, tasks, " +
		"…, children, merged_from:{id: number}, more:{collection: true}}, each as the role may list " +
		"it, 50 of each; at=YYYY-MM-DD: as it was at the end of that day, from the history, masked as today's → " +
		"{at, customer, contacts, …, more, not_kept:[field]}", query: []string{"at"}},
	{route: "POST /customers/{id}/reveal", does: "One value that the role reads masked and may have shown → {value}; counted per day (policy " +
		"reveal), told to the owner; a sealed number only while its consent stands " +
		"(consent_withdrawn)",
		body: []string{"field", "reason"}},
	{route: "POST /customers/{id}/submit", does: "Checks everything and sends a draft to review → {status, approval}; multipart with files " +
		"too; owner is for customer service, which hands over",
		body: []string{"note?", "attachments?:array", "checked_against?", "owner?"}},
	{route: "POST /customers/{id}/tier", does: "Sets the tier over the rules; an empty one is back to them. Managers and data administrators " +
		"at once → {id, tier, tier_rule, why}; others ask → {id, approval}", body: []string{"tier?", "reason"}},
	{route: "GET /customers/{id}/timeline", does: "{items:[{at, collection, id, record}], next}, the newest first; next is the before of the " +
		"page that follows",
		query: []string{"before"}},
	{route: "POST /customers/{id}/verify", does: "Says that the key data hold → {verified}, and closes what asked for it"},
	{route: "GET /dashboard", does: "Numbers of the customers that the asker may see, by stage, tier, value_level, status, kind, " +
		"relationship, macro_region, industry, owner, department and created (12 months), quality:{completeness, " +
		"freshness, duplicates?} and overdue, progress of the department's work (managers and data administrators), " +
		"classifying: the register is being sorted anew → lists of {key, label, label_en, n, collection, filter, more?}"},
	{route: "GET /duplicates", does: "For managers (pairs with a customer of their departments) and data administrators: state " +
		"open, distinct or merged, at most 500, the likeliest first → {pairs:[{id, state, level, " +
		"score, reasons, codes, a, b, reason?, decided_by?, confirmed_reason?}], " +
		"groups:[{customers:[id], pairs:[id]}], scan:{state, pairs, pending, todo, started?, " +
		"finished?}}; of a customer out of sight a or b holds only owner",
		query: []string{"state", "limit:integer"}},
	{route: "POST /duplicates/scan", does: "Compares the whole register, in the background → 202 {state, pairs, started}; goes on after " +
		"a restart"},
	{route: "POST /duplicates/{id}/distinct", does: "The two are not one: remembered, and not proposed again unless what they are compared by " +
		"changes",
		body: []string{"reason"}},
	{route: "POST /exports", does: "Customers as xlsx or csv → 202 {id, state}; awaiting_approval for roles that may not export " +
		"on their own",
		body: []string{"filter?", "columns?:array", "format?", "reason"}},
	{route: "GET /exports/{id}", does: "State, rows, expiry"},
	{route: "GET /exports/{id}/file", does: "The file, until it expires",
		answer: "application/octet-stream"},
	{route: "GET /extracts/contract-amounts", does: "Finance's list of contracts and amounts; ?format=json|xlsx|csv"},
	{route: "GET /extracts/high-intent", does: "Marketing's list: customers of high intent with a consent to marketing, ways to reach them " +
		"masked; ?format=json|xlsx|csv"},
	{route: "GET /fields", does: "The table of fields as the role sees it: labels, kinds, options, help, import targets"},
	{route: "POST /handover", does: "All customers of a member, or those listed, with the open tasks and requests, in one step → " +
		"{id, from, to, customers, tasks, requests, counts}; with campaign the drafts that it brought, of from or of " +
		"whoever has most of them; dry_run writes nothing",
		body: []string{"from?", "to", "customers?:array", "campaign?", "dry_run?:boolean"}},
	{route: "POST /handovers/{id}/undo", does: "Within 24 hours → {customers, left}: what moved on since is left"},
	{route: "GET /health", does: "{ok}, 503 where the database cannot be read; for owners, data administrators and programs " +
		"on this machine also verdict (good, attention, bad), conditions:[{code, message}], " +
		"imports:{running, waiting}, jobs:{running, newest:[{job, slot, state, started, duration_ms, " +
		"attempts, result, error}]}, failed_jobs, disk_free, calendar:{missing_year, urgent} and " +
		"backups:{newest, newest_at, newest_state, proven, proven_at, proven_ms, " +
		"recovery_key_on_machine, drill_key, disk_free, backup_disk_free, alarms:[…]}",
		open: true},
	{route: "POST /imports", does: "Multipart: file; collection, sheet, mapping (JSON, header or column number → field), " +
		"options (JSON) → 202 {id, state:\"previewing\"}",
		body: []string{"file:binary", "collection?", "sheet?", "mapping?", "options?"}, form: true},
	{route: "GET /imports/template", does: "The workbook to fill in",
		answer: "application/octet-stream"},
	{route: "GET /imports/{id}", does: "State, counts, progress, mapping, headers, unmapped columns, sample rows with their errors"},
	{route: "PATCH /imports/{id}", does: "Before the start, or after a dry run: a new preview",
		body: []string{"sheet?", "mapping?:object", "options?:object"}},
	{route: "POST /imports/{id}/cancel", does: "What is written stays, and can be undone"},
	{route: "GET /imports/{id}/errors.xlsx", does: "The sender's own workbook with the wrong cells marked",
		answer: "application/octet-stream"},
	{route: "GET /imports/{id}/events", does: "Server-sent events until the end: {state, done, total, rate, eta, counts}",
		answer: "text/event-stream"},
	{route: "PATCH /imports/{id}/rows/{row}", does: "Mends a refused row (cells: header → text), or decides it: create with a reason, update, " +
		"skip",
		body: []string{"cells?:object", "decision?", "reason?"}},
	{route: "POST /imports/{id}/start", does: "→ 202"},
	{route: "POST /imports/{id}/undo", does: "→ {restored, touched:[{row, record, code, message}]}"},
	{route: "GET /keys", does: "For data administrators and owners: the root key's fingerprint, every key with its age, how " +
		"far a rotation is; a new rotation → 202"},
	{route: "POST /keys/rotate", does: "For data administrators and owners: the root key's fingerprint, every key with its age, how " +
		"far a rotation is; a new rotation → 202"},
	{route: "POST /links/open", does: "Whom a link is for: {name, email}. Open to all",
		body: []string{"code"}, open: true},
	{route: "POST /links/use", does: "204; sets the password, ends every session. Open to all",
		body: []string{"code", "password"}, open: true},
	{route: "POST /lookup", does: "Exact look-up by number, mobile, phone, name, cert_no or bank_account, for those who may " +
		"read or reveal that class → {items:[{id, number, kind, …, matched}]}; {items:[]} for none " +
		"and for rows of others; counted (policy reveal)",
		body: []string{"field", "value"}},
	{route: "POST /mail/test", does: "Data administrators: sends a mail to oneself"},
	{route: "GET /me/tasks", does: "{tasks, approvals, overdue}: one's open tasks, the requests that one may decide, what of " +
		"both is past its time; at most 200 each"},
	{route: "POST /merges", does: "Merges → {id, kept, merged, numbers, moved:{collection: n}, changed:[field], notes:[{code, " +
		"message}]}; with updated, refused when one was changed since",
		body: []string{"keep", "merge:array", "choices?:object", "reason?", "updated?:object", "dry_run?:boolean"}},
	{route: "GET /merges/preview", does: "Customers side by side → {keep, suggested_keep, keep_reason, records:[{id, number, name, " +
		"counts, …}], fields:[{field, label, values:{id: value}, same, suggested, reason:{code, " +
		"text}}], problems:[{code, message}]}",
		query: []string{"ids", "keep"}},
	{route: "POST /merges/{id}/undo", does: "→ {kept, restored:[id], edits:[{field, label}], added:[{collection, id}], " +
		"gone:[{collection, id}], left:[{customer, field, value}]}: what is listed stays as it is; left are parents " +
		"that would stand below their own child",
		body: []string{"dry_run?:boolean"}},
	{route: "GET /openapi.json", does: "This description: the same for everybody", open: true},
	{route: "GET /policies", does: "Data administrators and owners: every policy with its form → {items:[{key, id?, note?, " +
		"updated?, value, default, shape}]}"},
	{route: "POST /policies/preview", does: "For data administrators: which customers a policy tiers, value, cycle or pool would move → " +
		"{n, moves:[{field, from, to, n}], items:[{id, number, name, from, to, reasons}], thresholds}",
		body: []string{"key", "value:object"}},
	{route: "GET /pool", does: "The shared pool of one's departments, for sales, managers and data administrators → {items:[{id, number, " +
		"name or masked, kind, stage, tier, industry, department, since, at, claimable}], more, days, left}", query: []string{"page:integer"}},
	{route: "POST /retention", does: "Removes what is past its time, or only says so → {items:[{place, name, keep, reasons}]}",
		body: []string{"dry_run?:boolean"}},
	{route: "GET /search", does: "→ {items:[{id, number, kind, name, …, matched:[field]}]}, newest first, at most 50",
		query: []string{"q", "limit:integer"}},
	{route: "GET /setup", does: "{open}: is there nobody yet. Open to all",
		open: true},
	{route: "POST /setup", does: "The first set-up, with the code that the start printed; closed once there is an " +
		"administrator. Open to all",
		body: []string{"code", "company", "name", "email", "password", "owner_email?", "owner_password?", "one_person?:boolean"}, open: true},
	{route: "POST /signin", does: "The session of a member or an owner, {token, record}; 401 with mfaId where a second factor " +
		"is due; 400 and 429 are the same for e-mails that nobody has",
		body: []string{"email", "password"}, open: true},
	{route: "POST /signin/enrol", does: "A factor to be set up at the first sign-in: {secret, url, qr}",
		body: []string{"mfaId"}, open: true},
	{route: "POST /signin/factor", does: "The session, and meta.recovery_codes where the factor was set up just now",
		body: []string{"mfaId", "code"}, open: true},
	{route: "DELETE /staff/{id}/factor", does: "Data administrators: takes away a second factor that was lost; sessions end"},
	{route: "POST /staff/{id}/link", does: "Data administrators: a one-time link by which a member sets a password: {code, path, " +
		"expires}"},
	{route: "POST /tasks/{id}/done", does: "Closes one's own task; refused where the act itself closes it",
		body: []string{"note?"}},
}
