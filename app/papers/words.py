"""The words of an order's papers, in English and in Chinese: what its values are called."""

from collections.abc import Mapping

from app.domain.exports import Acknowledgement
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.records import (
    DispatchTerm,
    GuaranteeMethod,
    Incoterm,
    InstalmentKind,
    PaymentTerms,
    Status,
)
from app.papers.paper import Words

STANDING: Mapping[Status, Words] = {
    Status.DRAFT: Words("Draft, not offered yet", "草稿，尚未发出"),
    Status.PENDING_CONFIRMATION: Words("Offer, not agreed yet", "待确认，尚未生效"),
    Status.PENDING_PAYMENT: Words("Agreed, awaiting payment", "已确认，待付款"),
    Status.PENDING_DISPATCH: Words("Agreed, awaiting dispatch", "已确认，待发货"),
    Status.PARTIALLY_DISPATCHED: Words("Agreed, partly dispatched", "已确认，部分发货"),
    Status.DISPATCHED: Words("Agreed, dispatched", "已确认，已发货"),
    Status.COMPLETED: Words("Completed", "已完成"),
    Status.CLOSED: Words("Closed, no longer in force", "已关闭，不再有效"),
}
PAYMENT_TERMS: Mapping[PaymentTerms, Words] = {
    PaymentTerms.FULL: Words("One payment of 100 %", "一次性付清全款"),
    PaymentTerms.DEPOSIT_BALANCE: Words("A deposit and a balance", "定金加尾款"),
}
INSTALMENTS: Mapping[InstalmentKind, Words] = {
    InstalmentKind.FULL: Words("Full payment", "全款"),
    InstalmentKind.DEPOSIT: Words("Deposit", "定金"),
    InstalmentKind.BALANCE: Words("Balance", "尾款"),
}
DISPATCH_TERMS: Mapping[DispatchTerm, Words] = {
    DispatchTerm.DAYS_AFTER_DEPOSIT: Words(
        "Within {days} calendar days after the supplier received the deposit", "供应商收到定金后 {days} 个自然日内发货"
    ),
    DispatchTerm.DAYS_AFTER_FULL_PAYMENT: Words(
        "Within {days} calendar days after the supplier received full payment", "供应商收到全款后 {days} 个自然日内发货"
    ),
    DispatchTerm.FIXED_DATE: Words("By the end of {date}", "{date} 当日结束前发货"),
    DispatchTerm.FIXED_INSTANT: Words("By {instant}", "{instant} 前发货"),
}
TRANSPORT: Mapping[TransportMode, Words] = {
    TransportMode.AIR: Words("Air", "空运"),
    TransportMode.SEA: Words("Sea", "海运"),
    TransportMode.LAND: Words("Land", "陆运"),
    TransportMode.EXPRESS: Words("Express", "快递"),
    TransportMode.MULTIMODAL: Words("Multimodal", "多式联运"),
}
INCOTERMS: Mapping[Incoterm, Words] = {
    Incoterm.EXW: Words("Ex Works", "工厂交货"),
    Incoterm.FCA: Words("Free Carrier", "货交承运人"),
    Incoterm.CPT: Words("Carriage Paid To", "运费付至"),
    Incoterm.CIP: Words("Carriage and Insurance Paid To", "运费和保险费付至"),
    Incoterm.DAP: Words("Delivered at Place", "目的地交货"),
    Incoterm.DPU: Words("Delivered at Place Unloaded", "目的地卸货后交货"),
    Incoterm.DDP: Words("Delivered Duty Paid", "完税后交货"),
    Incoterm.FAS: Words("Free Alongside Ship", "船边交货"),
    Incoterm.FOB: Words("Free on Board", "船上交货"),
    Incoterm.CFR: Words("Cost and Freight", "成本加运费"),
    Incoterm.CIF: Words("Cost, Insurance and Freight", "成本、保险费加运费"),
}
EXPORT: Mapping[ExportMethod, Words] = {
    ExportMethod.SELF_OPERATED: Words("Self-operated, under the supplier's own customs title", "自营出口"),
    ExportMethod.MARKET_PROCUREMENT: Words("Market procurement, under a partner's customs title", "市场采购"),
    ExportMethod.YIDATONG_AGENCY: Words("Agency export through Yidatong", "一达通代理出口"),
    ExportMethod.EASY_DISPATCH: Words("Easy dispatch, with proof of logistics", "便捷发货"),
}
LOGISTICS: Mapping[Logistics, Words] = {
    Logistics.PLATFORM: Words("The platform's", "平台物流"),
    Logistics.OWN: Words("The supplier's own", "供应商自有物流"),
}
GUARANTEE: Mapping[GuaranteeMethod, Words] = {
    GuaranteeMethod.NONE: Words("None", "0 保障"),
    GuaranteeMethod.UNTIL_DISPATCH: Words("Until everything is dispatched", "保障至发货"),
    GuaranteeMethod.UNTIL_RECEIPT: Words("Until the goods are received", "保障至收货"),
}
ACKNOWLEDGED: Mapping[Acknowledgement, Words] = {
    Acknowledgement.YIDATONG_EXPORT: Words(
        "This order must be exported through Yidatong.", "本订单必须通过一达通出口。"
    ),
    Acknowledgement.NO_COLLECTION_ACCOUNT: Words(
        "The attached contract names no collection account.", "所附合同未注明收款账户。"
    ),
}
