//! The fewest tables that a model can be valued with.

use carbon_core::registry::Tables;

pub(crate) fn tables() -> Tables<'static> {
    Tables::new()
        .boundaries(
            "boundary,accelerator,host,idle,facility,embodied,network,training,terminal,note\n\
             bottom_up,included,included,included,included,included,excluded,excluded,excluded,\n",
        )
        .sources(
            "source_id,title,publisher,published,url,licence\n\
             paper,A paper,A publisher,,,facts cited\n\
             rumour,A rumour,Another publisher,,,facts cited\n",
        )
        .zones(
            "zone,alpha_2,name,factor_id,grid_g_per_kwh,year,grid_boundary,offsite_water_l_per_kwh,water_of,adpe_kg_sb_per_kwh,primary_energy_mj_per_kwh,source_id,other_source_id\n\
             WOR,,World,grid/WOR@1,50.5,2025,lifecycle_generation,3.6,zone,4.8e-8,9.3,paper,paper\n",
        )
        .providers(
            "provider,names,zone,pue_min,pue_max,onsite_water_l_per_kwh_min,onsite_water_l_per_kwh_max,source_id\n\
             maker,the-maker,WOR,1.1,1.2,0.1,0.9,paper\n\
             open-weights,,WOR,1.1,1.2,0.1,0.9,paper\n",
        )
        .clouds("cloud,names\nnimbus,\n")
}
