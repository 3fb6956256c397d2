// Words of a customer's page: key, Chinese, English.
export const customerWords = {
	timeline: ['时间线', 'Timeline'],
	timeline_rows: ['明细', 'Records'],
	timeline_none: ['还没有任何记录', 'Nothing has happened yet'],
	timeline_earlier: ['更早的记录', 'Earlier'],
	timeline_changed: ['已更新', 'updated'],
	task_is_open: ['未办', 'Open'],
	task_is_done: ['已办', 'Done'],
	task_is_cancelled: ['已取消', 'Cancelled'],
	none_to_choose: ['该客户还没有{name}', 'This customer has no {name} yet'],
	not_for_role: ['您的角色不使用本页。需要时请联系数据管理员。',
		'Your role does not use this page. Ask a data administrator if you need it.'],
}
