//! What names of persons and offices look like: surnames, words that are no names although they
//! begin with a surname, and the ends of offices. Everything here is folded to simplified characters.

use super::line::{Part, is_han_or_mask, is_mask};
use crate::analysis::fold::is_han;

/// Surnames of one character.
const SURNAMES: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻\
柏窦章苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅皮卞齐康伍余\
顾孟黄穆萧尹姚邵汪祁毛禹狄米贝明臧戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季强贾路娄江童颜郭梅盛林刁钟徐\
邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包左石崔吉龚程邢裴陆荣翁甄曲封储靳井段焦\
巴谷车侯全班仰仲伊宫宁仇栾甘厉祖武符刘景詹龙叶黎薄白蒲鄂索赖卓蔺屠蒙池乔胥苍闻党翟谭姬申冉雍桑桂牛边\
燕冀尚温庄晏柴瞿阎习艾容古易慎戈廖耿国匡文欧沃利蔚师巩聂晁敖冷辛阚简饶曾沙丰关相查游权丘原肖覃佟岳缑\
区麦闫涂么揭粟展苟初付代邸植肇逯宓芦占上辜昝候展晋隋由战冼禤招植岩盖揣佘佴哈仝银税次仁旺才扎达";

/// Surnames of two characters.
const COMPOUND: [&str; 22] = [
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "长孙", "宇文", "司徒",
    "轩辕", "令狐", "夏侯", "端木", "南宫", "西门", "独孤", "呼延", "澹台", "申屠",
];

/// Words of two characters that begin with a surname.
const NO_NAMES: &str = "高度 高峰 高效 高位 高山 高校 高新 方案 方法 方面 方向 方针 安排 安全 安徽 安置 安民 \
常识 常态 常务 常委 常会 常德 常州 常规 简介 简报 简要 简况 简讯 计划 解读 解释 解决 解放 解答 黄河 黄山 \
黄石 黄冈 黄海 金融 金额 金华 金牌 金山 温馨 温度 温州 温岭 温暖 文件 文化 文明 文章 文字 文旅 文本 文号 \
文联 石化 石油 石材 江苏 江西 江海 江门 江山 江河 江南 江北 江东 宁夏 宁波 宁德 吉林 吉安 成都 乐山 乐清 \
马山 马上 马路 包头 包括 包装 包保 武汉 武装 武警 武威 范围 范例 万元 万人 万州 万众 万里 万物 于是 关于 关键 \
关系 关心 关注 关爱 关怀 关口 应急 应对 应用 应当 应答 权力 权利 权益 费用 管理 管控 管委 管道 管护 查询 查处 \
查看 查摆 程序 程度 车辆 车间 车站 车队 路线 路径 路桥 路段 路面 党委 党组 党员 党建 党校 党史 党群 党性 国家 国内 \
国际 国务 国庆 国防 国资 国企 国土 国有 国歌 祝贺 祝词 祝福 祝愿 祝酒 项目 谢谢 谢意 盛会 盛典 章程 章节 \
强化 强调 强国 强基 强市 强县 严格 严肃 严重 严禁 利用 利益 利润 司法 相关 相信 相约 相册 易地 明确 明年 明日 \
明天 明显 单位 单独 单项 季度 季报 纪要 纪律 纪委 纪念 纪实 纪检 纪行 施工 施行 施策 花园 花名 花卉 谈话 谈心 \
陶瓷 白皮 白酒 白银 毛利 周年 周边 周期 周报 周刊 周知 蓝图 蓝天 席位 危险 颜色 林业 林草 林地 林场 林长 林区 \
林芝 夏季 夏天 夏粮 秋季 田园 田间 田长 干部 干事 干净 干警 干群 宗旨 宗教 宣传 宣布 宣讲 宣言 宣誓 宣城 \
洪水 洪涝 左右 石家 龙头 龙江 龙岩 龙虎 龙舟 井盖 段落 焦点 巴中 谷雨 全文 全面 全市 全省 全县 全区 全会 全国 \
全体 全年 全程 全力 全员 全镇 全域 班子 班会 班级 班组 仰望 任务 任免 任命 任职 任期 任前 池州 尚未 容量 古代 \
古城 易于 文艺 师生 师资 冷静 冷链 游客 游园 丰收 丰富 原因 原则 原文 原标 原料 区域 区县 区委 区长 区级 付款 \
代表 代理 代码 代拟 代办 初稿 初步 初审 初心 初级 展望 展示 展览 展会 上午 上级 上市 上海 上报 上会 上述 上篇 \
候选 战略 战役 战果 战区 战友 由来 税务 税收 银行 银川 次日 才能 达成 达州 达标 通知 华东 华南 华北 华为 \
华侨 史料 史志 唐山 安康 安阳 安庆 安顺 房产 房屋 房子 房山 游览 游行 单县 米脂 康养 康复 平安 余额 许可 许昌 \
何时 毕业 毕节 项链 梁山 杜绝 童话 徐州 徐汇 邢台 荣誉 荣昌 封面 储备 储能 景区 景德 景点 卓越 卓有 池塘 闻喜 \
边防 边界 边境 边疆 燕山 尚义 庄严 庄稼 柴油 习惯 习题 艾滋 欧盟 欧洲 曾经 沙县 沙漠 沙龙 岳阳 利辛 丰县 丰台 \
申请 申报 申办 申诉 申论 桂林 桂阳 牛羊 牛奶 晋升 晋城 晋中 晋江 隋唐 盖章 达州 银企 旺季 旺苍 扎实 哈密";

/// Last characters of three that are no name but an institution, a place or a paper.
const NO_NAME_ENDS: &str = "会局部委厅院所处科室组省市县区州镇乡村社厂店表册单稿版案办司队站点线网场馆库厦园校系岛港湾湖河街\
费税额率量值期度型化性类项式制权责者员工们的了是在和与及为将从把被等于而且报告词辞料件";

/// Ends of offices.
pub(super) const OFFICES: [&str; 76] = [
    "书记",
    "主席",
    "主任",
    "市长",
    "省长",
    "县长",
    "区长",
    "州长",
    "镇长",
    "乡长",
    "盟长",
    "旗长",
    "总理",
    "委员长",
    "国务委员",
    "局长",
    "厅长",
    "部长",
    "司长",
    "处长",
    "科长",
    "股长",
    "院长",
    "校长",
    "检察长",
    "秘书长",
    "行长",
    "会长",
    "理事长",
    "董事长",
    "监事长",
    "总经理",
    "经理",
    "总裁",
    "主编",
    "总编辑",
    "社长",
    "台长",
    "代表",
    "委员",
    "常委",
    "党组成员",
    "组长",
    "队长",
    "站长",
    "所长",
    "馆长",
    "园长",
    "团长",
    "政委",
    "司令员",
    "司令",
    "专员",
    "署长",
    "庭长",
    "教授",
    "研究员",
    "院士",
    "长官",
    "议员",
    "指挥长",
    "总工程师",
    "负责人",
    "村长",
    "巡视员",
    "调研员",
    "特派员",
    "总干事",
    "干事",
    "指挥",
    "参谋长",
    "总监",
    "厂长",
    "支书",
    "大使",
    "总统",
];

/// Ends of institutions that may stand before a name in a signature.
pub(super) const BODIES: [&str; 31] = [
    "国务院",
    "委员会",
    "办公室",
    "办公厅",
    "人民政府",
    "政府",
    "市委",
    "省委",
    "县委",
    "区委",
    "党委",
    "党组",
    "工委",
    "公司",
    "集团",
    "中心",
    "协会",
    "学会",
    "商会",
    "联合会",
    "学校",
    "大学",
    "医院",
    "局",
    "厅",
    "厅机关",
    "小组",
    "指挥部",
    "法院",
    "检察院",
    "管委会",
];

/// What is said behind a name and belongs to no office.
pub(super) const STYLES: [&str; 6] = ["同志", "先生", "女士", "小姐", "阁下", "老师"];

/// Whether a piece without blanks is the name of a person: a surname that there is and one or two
/// characters more, or the same with masks in it, or a name of several parts joined by `·`.
pub(super) fn is_name(text: &str) -> bool {
    if text.contains('·') {
        return is_joined_name(text);
    }
    let chars: Vec<char> = text.chars().collect();
    if chars.iter().any(|c| is_mask(*c)) {
        let n_masks = chars.iter().filter(|c| is_mask(**c)).count();
        let n_han = chars.iter().filter(|c| is_han(**c)).count();
        let known = chars.first().is_some_and(|c| is_mask(*c) || is_surname(*c));
        return n_masks + n_han == chars.len() && (1..=3).contains(&n_han) && n_masks < 4 && known;
    }
    if !chars.iter().all(|c| is_han(*c)) || ends_with_office(text) {
        return false;
    }
    match chars.as_slice() {
        [surname, _] => is_surname(*surname) && !NO_NAMES.split(' ').any(|w| w == text),
        [surname, second, last] => {
            let compound = COMPOUND.iter().any(|s| text.starts_with(s));
            let ends_as_word = NO_NAME_ENDS.contains(*last);
            (is_surname(*surname) || compound)
                && !begins_with_word(text)
                && !ends_as_word
                && *second != '和'
        }
        [first, second, _, last] => {
            // A married woman's name may have two surnames.
            let compound = COMPOUND.iter().any(|s| text.starts_with(s));
            let double = is_surname(*first) && is_surname(*second);
            compound || (double && !begins_with_word(text) && !NO_NAME_ENDS.contains(*last))
        }
        _ => false,
    }
}

fn begins_with_word(text: &str) -> bool {
    NO_NAMES.split(' ').any(|word| text.starts_with(word))
}

fn is_joined_name(text: &str) -> bool {
    let parts: Vec<&str> = text.split('·').collect();
    let whole = |part: &&str| (1..=8).contains(&part.chars().count()) && part.chars().all(is_han);
    (2..=4).contains(&parts.len()) && parts.iter().all(whole) && text.chars().count() >= 4
}

/// What stands for a name before an office: a surname, or masks.
pub(super) fn is_addressed(text: &str) -> bool {
    let mut chars = text.chars();
    let single = chars.next().is_some_and(is_surname) && chars.next().is_none();
    single || is_struck_out(text)
}

fn is_surname(c: char) -> bool {
    SURNAMES.contains(c)
}

/// Whether a piece ends as an office does.
pub(super) fn ends_with_office(text: &str) -> bool {
    OFFICES.iter().any(|office| text.ends_with(office))
}

/// Whether a piece ends as an office or an institution does.
pub(super) fn ends_with_post(text: &str) -> bool {
    ends_with_office(text) || BODIES.iter().any(|body| text.ends_with(body))
}

/// Whether nothing but masks is left of a name.
pub(super) fn is_struck_out(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_mask)
}

/// Whether a piece is of Chinese characters and masks only, with `marks` allowed between.
pub(super) fn is_plain(part: Part<'_>, marks: &str) -> bool {
    part.text()
        .chars()
        .all(|c| is_han_or_mask(c) || marks.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "张三",
            "李四光",
            "欧阳明月",
            "司马光",
            "叶刘淑仪",
            "王**",
            "许*溪",
            "梁晓××",
            "*岚",
            "买买提·艾力",
        ] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn no_names() {
        for text in [
            "",
            "张",
            "计划",
            "关于",
            "高质量发展",
            "安全生产",
            "常委会",
            "水利局",
            "江苏",
            "全市",
            "**",
            "A三",
            "张三丰年",
            "方案组",
            "金融办",
            "·",
            "张·",
            "党工委",
        ] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn every_entry_is_folded() {
        use crate::analysis::fold::fold;
        let tables = [
            OFFICES.concat(),
            BODIES.concat(),
            STYLES.concat(),
            COMPOUND.concat(),
        ];
        for table in tables
            .iter()
            .map(String::as_str)
            .chain([SURNAMES, NO_NAMES, NO_NAME_ENDS])
        {
            assert_eq!(fold(table), table);
        }
    }
}
